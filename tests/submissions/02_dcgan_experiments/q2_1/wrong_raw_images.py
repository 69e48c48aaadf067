# The images as loaded: whole numbers up to 255, without the axis for the channel.
# marks: 0.5 of 1
BATCH_SIZE = 64
train_dataset = (
    tf.data.Dataset.from_tensor_slices(raw_images).shuffle(BUFFER_SIZE, seed=0).batch(BATCH_SIZE)
)
