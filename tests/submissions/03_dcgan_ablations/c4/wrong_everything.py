# Other noise and more epochs as well.
# marks: 0 of 2
momentum_run = run(
    "momentum",
    generator=make_generator_model(50),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4, 0.5),
    discriminator_optimizer=keras.optimizers.Adam(1e-4, 0.5),
    epochs=100,
)
