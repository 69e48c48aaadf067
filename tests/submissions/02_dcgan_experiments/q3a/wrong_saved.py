# Saves instead of restoring.
# marks: 0.5 of 1
checkpoint.save(checkpoint_dir + "/ckpt")
display_key_epochs()
