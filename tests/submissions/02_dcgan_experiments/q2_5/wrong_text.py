# The number as a text, which Keras does not take.
# marks: 0 of 1
lr = "0.001"
generator_optimizer = keras.optimizers.Adam(learning_rate=lr)
discriminator_optimizer = keras.optimizers.Adam(learning_rate=lr)
