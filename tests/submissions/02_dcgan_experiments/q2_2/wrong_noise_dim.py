# Takes more noise than the question allows, and changes the notebook's noise_dim.
# marks: 0 of 1
noise_dim = 100
generator = make_generator_model(BATCH_SIZE)
