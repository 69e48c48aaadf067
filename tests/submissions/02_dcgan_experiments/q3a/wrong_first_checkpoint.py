# Restores the first checkpoint instead of the latest.
# marks: 0.5 of 1
first = sorted(tf.train.get_checkpoint_state(checkpoint_dir).all_model_checkpoint_paths)[0]
checkpoint.restore(first)
display_key_epochs()
