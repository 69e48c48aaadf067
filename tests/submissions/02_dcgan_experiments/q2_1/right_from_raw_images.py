# Scales the raw images within the data set's pipeline.
# marks: 1 of 1
BATCH_SIZE = 64
train_dataset = (
    tf.data.Dataset.from_tensor_slices(raw_images)
    .shuffle(len(raw_images), seed=0)
    .map(lambda image: (tf.cast(image[..., None], tf.float32) - 127.5) / 127.5)
    .batch(BATCH_SIZE, drop_remainder=True)
    .prefetch(tf.data.AUTOTUNE)
)
