# Finds the checkpoint and does nothing with it.
# marks: 0.5 of 1
latest = tf.train.latest_checkpoint(checkpoint_dir)
print("restored", latest)
display_key_epochs()
