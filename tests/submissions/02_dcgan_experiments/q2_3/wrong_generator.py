# Calls the other function.
# marks: 0 of 1
discriminator = make_generator_model(BATCH_SIZE)
