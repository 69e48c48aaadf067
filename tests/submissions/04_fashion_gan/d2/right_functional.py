# With the functional API, frozen afterwards.
# marks: 3 of 3
z = keras.Input((100,))
GAN_model = models.Model(z, disc_model(gen_model(z)))
disc_model.trainable = False
