# The combined model is just the discriminator.
# marks: 0 of 3
disc_model.trainable = False
GAN_model = disc_model
