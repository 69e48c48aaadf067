# The arguments in the wrong order.
# marks: 0 of 1
history = train(EPOCHS, train_dataset)
