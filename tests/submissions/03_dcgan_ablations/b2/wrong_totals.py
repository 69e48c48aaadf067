# Total times.
# marks: 1 of 2
relu_run = run(
    "relu",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)
leaky_seconds = sum(baseline.history.seconds)
relu_seconds = sum(relu_run.history.seconds)
