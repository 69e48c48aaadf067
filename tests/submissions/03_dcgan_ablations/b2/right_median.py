# The median, and plain numbers.
# marks: 2 of 2
relu_run = run(
    "relu",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)
leaky_seconds = float(np.median(baseline.history.seconds[1:50]))
relu_seconds = float(np.median(relu_run.history.seconds[1:50]))
