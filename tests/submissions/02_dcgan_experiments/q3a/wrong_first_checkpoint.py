# Restores the first checkpoint instead of the latest.
# marks: 0.5 of 1
checkpoint.restore(checkpoint_dir + "/ckpt-1")
display_key_epochs()
