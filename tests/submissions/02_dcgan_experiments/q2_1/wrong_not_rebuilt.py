# The number is new, the data set still the old one.
# marks: 0.5 of 1
BATCH_SIZE = 64
