# A thousand instead of a thousandth.
# marks: 0.5 of 1
lr = 1e3
generator_optimizer = keras.optimizers.Adam(learning_rate=lr)
discriminator_optimizer = keras.optimizers.Adam(learning_rate=lr)
