# The right steps for the wrong run: pictures and checkpoints of the baseline.
# marks: 0 of 1
image_dir, checkpoint_dir = workspace.run_folders(folder, "baseline")
display_key_epochs()
tf.train.Checkpoint(discriminator=discriminator).restore(
    tf.train.latest_checkpoint(checkpoint_dir)
).expect_partial()
