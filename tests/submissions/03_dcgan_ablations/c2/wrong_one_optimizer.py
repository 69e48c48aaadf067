# One optimizer for both networks.
# marks: 1 of 2
optimizer = keras.optimizers.Adam(1e-4)
batch_run = run(
    "batch",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=optimizer,
    discriminator_optimizer=optimizer,
    dataset=make_dataset(64),
)
