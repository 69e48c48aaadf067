# Starts at the learning rate, but lets it fall.
# marks: 0.5 of 1
lr = 1e-3
falling = keras.optimizers.schedules.ExponentialDecay(lr, decay_steps=100, decay_rate=0.5)
generator_optimizer = keras.optimizers.Adam(learning_rate=falling)
discriminator_optimizer = keras.optimizers.Adam(learning_rate=falling)
