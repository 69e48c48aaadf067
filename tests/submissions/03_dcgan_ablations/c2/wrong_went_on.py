# A second run goes on with the networks and optimizers of a first one.
# marks: 1 of 2
objects = dict(
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)
run("batch_32", dataset=make_dataset(32), **objects)
batch_run = run("batch_128", dataset=make_dataset(128), **objects)
