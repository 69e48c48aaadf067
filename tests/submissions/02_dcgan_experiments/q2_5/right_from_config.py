# Fresh copies of the old optimizers' configuration, with another learning rate.
# marks: 1 of 1
lr *= 10


def renewed(optimizer):
    return type(optimizer).from_config({**optimizer.get_config(), "learning_rate": lr})


generator_optimizer = renewed(generator_optimizer)
discriminator_optimizer = renewed(discriminator_optimizer)
