# All 100 epochs of the baseline against 50.
# marks: 1.5 of 2
relu_run = run(
    "relu",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)
leaky_seconds = np.mean(baseline.history.seconds[1:])
relu_seconds = np.mean(relu_run.history.seconds[1:])
