# A right answer above the line that raises an error, which was left standing.
# marks: 1 of 1
BATCH_SIZE = 64
train_dataset = (
    tf.data.Dataset.from_tensor_slices(train_images).shuffle(BUFFER_SIZE, seed=0).batch(BATCH_SIZE)
)
raise NotImplementedError()
