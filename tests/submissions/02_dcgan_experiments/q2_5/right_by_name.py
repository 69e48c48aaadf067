# By name: Adam's default learning rate happens to be the one of the question.
# marks: 1 of 1
lr = np.float32(0.001)
generator_optimizer, discriminator_optimizer = (keras.optimizers.get("adam") for _ in range(2))
