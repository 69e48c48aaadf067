# Smooths the labels, which nobody asked for.
# marks: 0 of 1
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)
