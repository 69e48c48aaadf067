# Takes the logits for the labels.
# marks: 0 of 1
def cross_entropy(labels, logits):
    return keras.losses.BinaryCrossentropy(from_logits=True)(logits, labels)
