# No pictures.
# marks: 2 of 3
baseline = run(
    "baseline",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
    epochs=100,
)
baseline.history
