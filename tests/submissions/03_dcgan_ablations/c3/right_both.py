# Both, ten times as large.
# marks: 2 of 2
rate_run = run(
    "rate_1e-3",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-3),
    discriminator_optimizer=keras.optimizers.Adam(1e-3),
)
