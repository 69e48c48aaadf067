# Networks as they should be, trained for one epoch only, and the checkpoint is not restored.
# marks: 0.5 of 1
# %% q4a_train
history = train(train_dataset, 1)
# %% q4a_display
display_key_epochs()
