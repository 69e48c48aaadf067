# New, but as wide as the old batches.
# marks: 0 of 1
generator = make_generator_model(256)
