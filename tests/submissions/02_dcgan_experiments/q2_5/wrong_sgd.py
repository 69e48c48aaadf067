# Gradient descent instead of Adam.
# marks: 0.5 of 1
lr = 1e-3
generator_optimizer = keras.optimizers.SGD(learning_rate=lr)
discriminator_optimizer = keras.optimizers.SGD(learning_rate=lr)
