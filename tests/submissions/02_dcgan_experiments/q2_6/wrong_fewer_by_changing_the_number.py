# Makes EPOCHS smaller to save time.
# marks: 0 of 1
EPOCHS = 10
history = train(train_dataset, EPOCHS)
