# Another momentum than the default, as in many papers.
# marks: 0.5 of 1
lr = 1e-3
generator_optimizer = keras.optimizers.Adam(learning_rate=lr, beta_1=0.5)
discriminator_optimizer = keras.optimizers.Adam(learning_rate=lr, beta_1=0.5)
