# The images come in their order in the file.
# marks: 0.5 of 1
BATCH_SIZE = 64
train_dataset = tf.data.Dataset.from_tensor_slices(train_images).batch(BATCH_SIZE)
