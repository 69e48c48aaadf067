# beta_2 instead of beta_1.
# marks: 1 of 2
momentum_run = run(
    "momentum",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4, beta_2=0.5),
    discriminator_optimizer=keras.optimizers.Adam(1e-4, beta_2=0.5),
)
