# Much smaller.
# marks: 2 of 2
batch_run = run(
    "batch_32",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
    dataset=make_dataset(32),
)
