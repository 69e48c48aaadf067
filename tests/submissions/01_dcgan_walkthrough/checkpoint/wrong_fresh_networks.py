# Keeps networks that were made for the checkpoint instead of those that are trained.
# marks: 0.5 of 2
checkpoint_dir = str(folder / "dcgan" / "checkpoints")
checkpoint_prefix = os.path.join(checkpoint_dir, "ckpt")
checkpoint = tf.train.Checkpoint(
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=generator_optimizer,
    discriminator_optimizer=discriminator_optimizer,
)
