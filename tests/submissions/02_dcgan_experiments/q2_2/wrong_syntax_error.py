# A bracket is never closed, so the cell does not run at all.
# marks: 0 of 1
generator = make_generator_model(BATCH_SIZE
