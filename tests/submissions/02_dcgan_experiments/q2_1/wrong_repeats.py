# Repeats for ever, so that an epoch would have no end.
# marks: 0.5 of 1
BATCH_SIZE = 64
train_dataset = (
    tf.data.Dataset.from_tensor_slices(train_images)
    .shuffle(BUFFER_SIZE, seed=0)
    .repeat()
    .batch(BATCH_SIZE)
)
