# Passes an argument that the function does not take.
# marks: 0 of 1
discriminator = make_discriminator_model(BATCH_SIZE)
