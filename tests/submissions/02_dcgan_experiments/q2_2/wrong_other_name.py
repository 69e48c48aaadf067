# The new network gets a name that nothing uses.
# marks: 0 of 1
generator_64 = make_generator_model(BATCH_SIZE)
