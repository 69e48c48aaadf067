# The combined model trains both networks.
# marks: 3.5 of 4
# %% e1_combined
cnn_GAN_model = models.Sequential([keras.Input((6272,)), cnn_gen_model, cnn_disc_model])
