# The gradient of the scores by the critic's weights instead of the images.
# marks: 0 of 4
def gradient_penalty(critic, real_images, fake_images):
    with tf.GradientTape() as tape:
        scores = critic(fake_images)
    gradients = tape.gradient(scores, critic.trainable_variables)
    norm = tf.sqrt(sum(tf.reduce_sum(gradient**2) for gradient in gradients) + 1e-12)
    return (norm - 1) ** 2
