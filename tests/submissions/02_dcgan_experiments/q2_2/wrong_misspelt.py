# Stops with a NameError.
# marks: 0 of 1
generator = make_generator(BATCH_SIZE)
