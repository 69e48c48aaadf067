# Fresh optimizers, but the networks of a run before.
# marks: 1 of 2
networks = {"generator": make_generator_model(), "discriminator": make_discriminator_model()}
for rate in (2e-4, 1e-3):
    rate_run = run(
        f"rate_{rate}",
        generator_optimizer=keras.optimizers.Adam(rate),
        discriminator_optimizer=keras.optimizers.Adam(rate),
        **networks,
    )
