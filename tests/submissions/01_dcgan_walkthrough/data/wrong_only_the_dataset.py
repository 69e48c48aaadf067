# The data set is right, but train_images stays as it was loaded.
# marks: 1 of 2
images = (train_images[..., None].astype("float32") - 127.5) / 127.5
train_dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(BUFFER_SIZE).batch(BATCH_SIZE)
