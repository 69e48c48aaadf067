# All layers in one row, whichever way the two were built; the discriminator's frozen one by one.
# marks: 3 of 3
for layer in disc_model.layers:
    layer.trainable = False
rows = [*gen_model.layers, *disc_model.layers]
rows = [layer for layer in rows if not isinstance(layer, layers.InputLayer)]
GAN_model = models.Sequential([keras.Input((100,)), *rows])
