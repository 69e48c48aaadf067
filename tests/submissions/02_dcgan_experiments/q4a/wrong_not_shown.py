# Restores, but nothing is shown.
# marks: 0.75 of 1
# %% q4a_train
history = train(train_dataset, EPOCHS)
# %% q4a_display
checkpoint.restore(tf.train.latest_checkpoint(checkpoint_dir))
