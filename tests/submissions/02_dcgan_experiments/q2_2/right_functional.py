# The same layers by the functional API.
# marks: 1 of 1
inputs = keras.Input((noise_dim,))
x = inputs
for layer in make_generator_model(BATCH_SIZE).layers:
    x = layer(x)
generator = keras.Model(inputs, x)
