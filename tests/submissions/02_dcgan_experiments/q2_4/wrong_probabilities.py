# Left at the default, which takes probabilities and not logits.
# marks: 0 of 1
cross_entropy = keras.losses.BinaryCrossentropy()
