# One optimizer for both networks.
# marks: 0.5 of 1
lr = 1e-3
generator_optimizer = discriminator_optimizer = keras.optimizers.Adam(learning_rate=lr)
