# Smaller batches, and a buffer of one batch only.
# marks: 1 of 2
BATCH_SIZE = 64
train_images = (train_images[..., None].astype("float32") - 127.5) / 127.5
train_dataset = tf.data.Dataset.from_tensor_slices(train_images).shuffle(BATCH_SIZE).batch(BATCH_SIZE)
