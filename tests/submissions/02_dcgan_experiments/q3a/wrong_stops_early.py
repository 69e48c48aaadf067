# Stops with an error after restoring, before anything is shown.
# marks: 0.5 of 1
status = checkpoint.restore(tf.train.latest_checkpoint(checkpoint_dir))
status.display()
display_key_epochs()
