# Two fresh runs, of which one is chosen.
# marks: 2 of 2
results = {}
for size in (2, 30):
    results[size] = run(
        f"noise_{size}",
        generator=make_generator_model(size),
        discriminator=make_discriminator_model(),
        generator_optimizer=keras.optimizers.Adam(1e-4),
        discriminator_optimizer=keras.optimizers.Adam(1e-4),
    )
noise_run = results[2]
