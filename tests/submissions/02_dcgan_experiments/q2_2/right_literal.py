# The number written out, the class asked for its configuration, and built anew from it.
# marks: 1 of 1
generator = keras.Sequential.from_config(make_generator_model(batch_size=64).get_config())
