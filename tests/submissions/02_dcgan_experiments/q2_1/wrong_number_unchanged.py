# Batches of 64, but BATCH_SIZE still says 256, on which later cells rely.
# marks: 0 of 1
train_dataset = (
    tf.data.Dataset.from_tensor_slices(train_images).shuffle(BUFFER_SIZE, seed=0).batch(64)
)
