# Keras' function of that name: for probabilities, and one number for each image.
# marks: 0 of 1
cross_entropy = keras.losses.binary_crossentropy
