# One share and one norm for the whole batch.
# marks: 1 of 4
def gradient_penalty(critic, real_images, fake_images):
    share = tf.random.uniform(())
    between = share * real_images + (1 - share) * fake_images
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between, training=True)
    gradients = tape.gradient(scores, between)
    norms = tf.sqrt(tf.reduce_sum(gradients**2) + 1e-12)
    return tf.reduce_mean((norms - 1) ** 2)
