# The learning rate changes with the batch size, as in assignment 2.
# marks: 1 of 2
batch_run = run(
    "batch",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-3),
    discriminator_optimizer=keras.optimizers.Adam(1e-3),
    dataset=make_dataset(64),
)
