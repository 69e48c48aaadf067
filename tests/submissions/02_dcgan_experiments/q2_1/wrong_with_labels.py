# Each element is a pair of images and labels, which the training step cannot take.
# marks: 0.5 of 1
BATCH_SIZE = 64
train_dataset = (
    tf.data.Dataset.from_tensor_slices((train_images, train_labels))
    .shuffle(BUFFER_SIZE, seed=0)
    .batch(BATCH_SIZE)
)
