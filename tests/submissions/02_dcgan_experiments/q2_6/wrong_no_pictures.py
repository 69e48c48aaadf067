# A loop of its own that saves no pictures.
# marks: 0.5 of 1
for epoch in range(EPOCHS):
    for images in train_dataset.take(1):
        train_step(images[:4], 4)
