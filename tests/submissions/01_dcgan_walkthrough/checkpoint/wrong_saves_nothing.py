# A checkpoint of nothing.
# marks: 0 of 2
checkpoint_dir = str(folder / "dcgan" / "checkpoints")
checkpoint_prefix = os.path.join(checkpoint_dir, "ckpt")
checkpoint = tf.train.Checkpoint()
