# Other names in the checkpoint, and a path instead of a string.
# marks: 2 of 2
checkpoint_dir = folder / "saved"
checkpoint_prefix = checkpoint_dir / "ckpt"
checkpoint = tf.train.Checkpoint(
    networks=[generator, discriminator],
    optimizers={"g": generator_optimizer, "d": discriminator_optimizer},
)
