# A share for each pixel.
# marks: 3 of 4
def gradient_penalty(critic, real_images, fake_images):
    share = tf.random.uniform(tf.shape(real_images))
    between = share * real_images + (1 - share) * fake_images
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between, training=True)
    gradients = tape.gradient(scores, between)
    norms = tf.sqrt(tf.reduce_sum(gradients**2, axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean((norms - 1) ** 2)
