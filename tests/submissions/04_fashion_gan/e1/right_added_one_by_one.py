# Layers added one by one, activations as arguments.
# marks: 4 of 4
# %% e1_generator
cnn_gen_model = models.Sequential()
cnn_gen_model.add(keras.Input(shape=(7 * 7 * 128,)))
cnn_gen_model.add(layers.Reshape((7, 7, 128)))
cnn_gen_model.add(layers.Conv2DTranspose(56, 2, strides=2, activation=layers.LeakyReLU()))
cnn_gen_model.add(layers.BatchNormalization())
cnn_gen_model.add(layers.Conv2DTranspose(112, 2, strides=2, activation=layers.LeakyReLU()))
cnn_gen_model.add(layers.BatchNormalization())
cnn_gen_model.add(layers.Conv2D(1, 1, activation="linear"))
# %% e1_combined
cnn_GAN_model = models.Sequential([cnn_gen_model, cnn_disc_model])
cnn_disc_model.trainable = False
cnn_GAN_model.build((None, 6272))
