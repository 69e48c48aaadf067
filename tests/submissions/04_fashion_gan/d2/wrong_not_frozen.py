# The discriminator is not frozen.
# marks: 2 of 3
GAN_model = models.Sequential([keras.Input((100,)), gen_model, disc_model])
