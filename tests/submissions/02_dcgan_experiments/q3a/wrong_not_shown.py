# Restores only.
# marks: 0.5 of 1
checkpoint.restore(tf.train.latest_checkpoint(checkpoint_dir))
