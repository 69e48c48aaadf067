# Fifty trainings of one epoch: all steps are taken, but each overwrites the picture of epoch 1.
# marks: 0.5 of 1
for epoch in range(EPOCHS):
    history = train(train_dataset, 1)
