# In two parts: outside of grading the second one goes on where the first one ended.
# marks: 1 of 1
train(train_dataset, 25)
history = train(train_dataset, EPOCHS)
