# Another number than the question's, used consistently.
# marks: 0.5 of 1
BATCH_SIZE = 128
train_dataset = (
    tf.data.Dataset.from_tensor_slices(train_images).shuffle(BUFFER_SIZE, seed=0).batch(BATCH_SIZE)
)
