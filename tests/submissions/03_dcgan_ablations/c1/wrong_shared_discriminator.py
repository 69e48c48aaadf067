# Two runs against one discriminator.
# marks: 1 of 2
discriminator = make_discriminator_model()
for size in (20, 200):
    noise_run = run(
        f"noise_{size}",
        generator=make_generator_model(size),
        discriminator=discriminator,
        generator_optimizer=keras.optimizers.Adam(1e-4),
        discriminator_optimizer=keras.optimizers.Adam(1e-4),
    )
