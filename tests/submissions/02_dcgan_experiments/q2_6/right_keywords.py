# By keyword, and from the start whatever is there already.
# marks: 1 of 1
history = train(epochs=50, dataset=train_dataset, restart=True)
