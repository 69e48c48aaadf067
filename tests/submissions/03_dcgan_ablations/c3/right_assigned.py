# Only the generator's, assigned afterwards.
# marks: 2 of 2
slow, fast = keras.optimizers.Adam(), keras.optimizers.Adam(learning_rate=1e-4)
slow.learning_rate = 3e-5
rate_run = run(
    "slow_generator",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=slow,
    discriminator_optimizer=fast,
)
