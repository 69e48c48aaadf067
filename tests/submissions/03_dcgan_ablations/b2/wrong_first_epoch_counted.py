# Counts the time in which the graph is made.
# marks: 1 of 2
relu_run = run(
    "relu",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)
leaky_seconds = np.mean(baseline.history.seconds[:50])
relu_seconds = np.mean(relu_run.history.seconds[:50])
