# An image instead of the network that makes it.
# marks: 0 of 1
generator = make_generator_model(BATCH_SIZE)(tf.random.normal([1, noise_dim]))
