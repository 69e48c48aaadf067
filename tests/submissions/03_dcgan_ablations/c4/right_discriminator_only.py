# No momentum at all, for the discriminator only.
# marks: 2 of 2
momentum_run = run(
    "none",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(learning_rate=1e-4, beta_1=0.0),
)
