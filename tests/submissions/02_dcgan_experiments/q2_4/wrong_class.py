# The class, not an object of it.
# marks: 0 of 1
cross_entropy = keras.losses.BinaryCrossentropy
