# RMSprop instead of Adam.
# marks: 1 of 2
rate_run = run(
    "rate",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.RMSprop(1e-3),
    discriminator_optimizer=keras.optimizers.RMSprop(1e-3),
)
