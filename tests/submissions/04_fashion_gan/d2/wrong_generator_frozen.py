# The wrong one of the two networks is frozen.
# marks: 2 of 3
gen_model.trainable = False
GAN_model = models.Sequential([keras.Input((100,)), gen_model, disc_model])
