# The optimizers are right, but lr still has its old value.
# marks: 0.5 of 1
generator_optimizer = keras.optimizers.Adam(learning_rate=1e-3)
discriminator_optimizer = keras.optimizers.Adam(learning_rate=1e-3)
