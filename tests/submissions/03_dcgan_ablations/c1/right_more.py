# More noise values instead of fewer.
# marks: 2 of 2
noise_run = run(
    "noise_200",
    generator=make_generator_model(200),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)
