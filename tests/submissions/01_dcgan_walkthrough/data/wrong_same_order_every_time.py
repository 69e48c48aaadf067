# Shuffled once and for all, in double precision.
# marks: 1 of 2
train_images = (train_images[..., None] - 127.5) / 127.5
train_dataset = (
    tf.data.Dataset.from_tensor_slices(train_images)
    .shuffle(BUFFER_SIZE, seed=0, reshuffle_each_iteration=False)
    .batch(BATCH_SIZE)
)
