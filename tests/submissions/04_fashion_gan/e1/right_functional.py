# All three with the functional API.
# marks: 4 of 4
# %% e1_generator
start = keras.Input((6272,))
x = layers.Reshape((7, 7, 128))(start)
for filters in (56, 112):
    x = layers.Conv2DTranspose(filters, (2, 2), (2, 2), padding="same")(x)
    x = layers.BatchNormalization()(layers.LeakyReLU()(x))
cnn_gen_model = models.Model(start, layers.Conv2D(1, (1, 1), padding="same")(x))
# %% e1_discriminator
start = keras.Input((28, 28, 1))
x = start
for filters in (32, 64):
    x = layers.Conv2D(filters, (5, 5), strides=(2, 2))(x)
    x = layers.BatchNormalization()(layers.LeakyReLU()(x))
x = layers.Dense(1)(layers.Flatten()(x))
cnn_disc_model = models.Model(start, layers.Activation("sigmoid")(x))
# %% e1_combined
start = keras.Input((6272,))
cnn_disc_model.trainable = False
cnn_GAN_model = models.Model(start, cnn_disc_model(cnn_gen_model(start)))
