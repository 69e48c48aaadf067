# Batches are shuffled as a whole, after images have been put into them in order.
# marks: 0.5 of 1
BATCH_SIZE = 64
train_dataset = (
    tf.data.Dataset.from_tensor_slices(train_images).batch(BATCH_SIZE).shuffle(BUFFER_SIZE, seed=0)
)
