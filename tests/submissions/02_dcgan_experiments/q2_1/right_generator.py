# A Python generator that draws a new order in every pass; the number as a NumPy number.
# marks: 1 of 1
BATCH_SIZE = np.int64(2**6)


def shuffled_images():
    yield from np.random.permutation(train_images)


train_dataset = tf.data.Dataset.from_generator(
    shuffled_images, output_signature=tf.TensorSpec((28, 28, 1), tf.float32)
).batch(BATCH_SIZE)
