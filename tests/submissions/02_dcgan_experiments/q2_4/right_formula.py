# The formula, written so that it is stable for large logits.
# marks: 1 of 1
def cross_entropy(y, x):
    return tf.reduce_mean(tf.maximum(x, 0) - x * y + tf.math.log1p(tf.exp(-tf.abs(x))))
