# A number has no method of that name.
# marks: 0 of 1
lr = 1e-3
lr.set(0.001)
generator_optimizer = keras.optimizers.Adam(learning_rate=lr)
discriminator_optimizer = keras.optimizers.Adam(learning_rate=lr)
