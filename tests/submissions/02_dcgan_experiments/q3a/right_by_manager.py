# Through a CheckpointManager, and sure that everything was found.
# marks: 1 of 1
manager = tf.train.CheckpointManager(checkpoint, checkpoint_dir, max_to_keep=None)
checkpoint.restore(manager.latest_checkpoint).assert_consumed()
display_key_epochs()
