# Trains the baseline again, with times read off the screen.
# marks: 0 of 2
relu_run = run(
    "relu",
    generator=make_leaky_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)
leaky_seconds, relu_seconds = 1.2, 1.1
