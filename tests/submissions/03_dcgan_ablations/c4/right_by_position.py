# beta_1 by position.
# marks: 2 of 2
momentum_run = run(
    "momentum_05",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4, 0.5),
    discriminator_optimizer=keras.optimizers.Adam(1e-4, 0.5),
)
