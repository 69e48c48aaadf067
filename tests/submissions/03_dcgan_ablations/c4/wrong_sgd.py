# Momentum of another optimizer.
# marks: 1 of 2
momentum_run = run(
    "momentum",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.SGD(1e-4, momentum=0.5),
    discriminator_optimizer=keras.optimizers.SGD(1e-4, momentum=0.5),
)
