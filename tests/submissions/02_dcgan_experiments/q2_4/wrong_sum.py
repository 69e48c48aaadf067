# The sum over a batch instead of the mean.
# marks: 0 of 1
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True, reduction="sum")
