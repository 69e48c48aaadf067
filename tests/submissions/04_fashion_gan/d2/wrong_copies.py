# Copies of both networks, so that training the combined model trains neither of them.
# marks: 2 of 3
gen_copy = models.clone_model(gen_model)
disc_copy = models.clone_model(disc_model)
disc_copy.trainable = False
GAN_model = models.Sequential([keras.Input((100,)), gen_copy, disc_copy])
