# The prefix is not in the folder that is searched.
# marks: 0 of 2
checkpoint_dir = str(folder / "dcgan" / "checkpoints")
checkpoint_prefix = "ckpt"
checkpoint = tf.train.Checkpoint(
    generator=generator,
    discriminator=discriminator,
    generator_optimizer=generator_optimizer,
    discriminator_optimizer=discriminator_optimizer,
)
