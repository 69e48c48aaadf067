# Another optimizer, too.
# marks: 1 of 2
relu_run = run(
    "relu",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)
leaky_seconds = np.mean(baseline.history.seconds[1:50])
relu_seconds = np.mean(relu_run.history.seconds[1:50])
