# The batch size changes as well.
# marks: 1 of 2
noise_run = run(
    "noise",
    generator=make_generator_model(50),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
    dataset=make_dataset(64),
)
