# Takes the old data set's batches apart and puts its images into new ones.
# marks: 1 of 1
BATCH_SIZE //= 4
train_dataset = train_dataset.unbatch().batch(BATCH_SIZE)
