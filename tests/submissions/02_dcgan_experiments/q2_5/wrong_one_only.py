# A new optimizer for one of the two networks.
# marks: 0 of 1
lr = 1e-3
generator_optimizer = keras.optimizers.Adam(learning_rate=lr)
