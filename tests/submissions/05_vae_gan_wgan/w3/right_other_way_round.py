# The share belongs to the generated image; a graph; the root's trap avoided by a maximum.
# marks: 4 of 4
@tf.function
def gradient_penalty(critic, real_images, fake_images):
    epsilon = tf.random.uniform((tf.shape(fake_images)[0], 1, 1, 1), 0.0, 1.0)
    points = real_images + epsilon * (fake_images - real_images)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(points)
        total = tf.reduce_sum(critic(points))
    flat = tf.reshape(tape.gradient(total, points), (tf.shape(points)[0], -1))
    lengths = tf.sqrt(tf.maximum(tf.reduce_sum(tf.square(flat), axis=1), 1e-12))
    return tf.reduce_mean(tf.square(1.0 - lengths))
