# The old optimizers with a new learning rate, still with their averages for the old networks.
# marks: 0.5 of 1
lr = 1e-3
generator_optimizer.learning_rate = lr
discriminator_optimizer.learning_rate = lr
