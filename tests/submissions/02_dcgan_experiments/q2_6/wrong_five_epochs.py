# Stops after a tenth of the epochs.
# marks: 0 of 1
history = train(train_dataset, 5)
