# The combined model of the dense pair again.
# marks: 3 of 4
# %% e1_combined
cnn_GAN_model = models.Sequential([keras.Input((100,)), gen_model, disc_model])
