# Layers added one by one, activations as arguments.
# marks: 4 of 4
def make_decoder():
    model = keras.models.Sequential()
    model.add(keras.Input(shape=(64,)))
    for units in (98, 196):
        model.add(layers.Dense(units, activation=layers.LeakyReLU(negative_slope=0.3)))
    model.add(layers.Reshape(target_shape=(14, 14, 1)))
    model.add(layers.Conv2DTranspose(32, 3, padding="same", activation=keras.activations.relu))
    model.add(layers.Dropout(rate=0.2))
    model.add(layers.Conv2DTranspose(64, 3, padding="same", activation=keras.activations.relu))
    model.add(layers.Dropout(rate=0.2))
    model.add(layers.Conv2DTranspose(64, 3, strides=2, padding="same"))
    model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(784, activation="sigmoid"))
    model.add(layers.Reshape((28, 28)))
    return model


decoder = make_decoder()
