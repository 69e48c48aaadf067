# The function itself, not a network.
# marks: 0 of 1
generator = make_generator_model
