# A right answer above the line that raises an error, which was left standing.
# marks: 1 of 1
generator = make_generator_model(BATCH_SIZE)
generator.summary()
raise NotImplementedError()
