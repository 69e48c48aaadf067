# A buffer of BATCH_SIZE images mixes neighbours only.
# marks: 0.5 of 1
BATCH_SIZE = 64
train_dataset = (
    tf.data.Dataset.from_tensor_slices(train_images).shuffle(BATCH_SIZE, seed=0).batch(BATCH_SIZE)
)
