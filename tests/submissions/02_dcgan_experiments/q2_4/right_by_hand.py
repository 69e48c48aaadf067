# TensorFlow's own function, and the mean.
# marks: 1 of 1
cross_entropy = lambda labels, logits: tf.reduce_mean(
    tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
)
