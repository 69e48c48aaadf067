# A slip in copying: the generator under both names.
# marks: 1.5 of 2
checkpoint_dir = str(folder / "dcgan" / "checkpoints")
checkpoint_prefix = os.path.join(checkpoint_dir, "ckpt")
checkpoint = tf.train.Checkpoint(
    generator=generator,
    discriminator=generator,
    generator_optimizer=generator_optimizer,
    discriminator_optimizer=discriminator_optimizer,
)
