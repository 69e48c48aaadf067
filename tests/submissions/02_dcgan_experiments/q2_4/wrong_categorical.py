# The cross-entropy for several classes.
# marks: 0 of 1
cross_entropy = keras.losses.CategoricalCrossentropy(from_logits=True)
