# The data set is built with the old number, which changes only afterwards.
# marks: 0.5 of 1
train_dataset = (
    tf.data.Dataset.from_tensor_slices(train_images).shuffle(BUFFER_SIZE, seed=0).batch(BATCH_SIZE)
)
BATCH_SIZE = 64
