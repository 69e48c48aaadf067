# Keras' fit in both phases; an object as the loss; real and generated images one after the other.
# marks: 4 of 4
# %% d3_compile
def compile_gan(discriminator, combined):
    for model in (discriminator, combined):
        model.compile("adam", keras.losses.BinaryCrossentropy())


compile_gan(disc_model, GAN_model)
# %% d3_discriminator
def discriminator_epoch(images, generator, discriminator):
    discriminator.trainable = True
    losses = []
    for start in range(0, len(images), BATCH):
        real = np.asarray(images[start : start + BATCH])
        fake = generator.predict_on_batch(np.random.normal(size=(len(real), generator.input_shape[1])))
        losses.append(discriminator.train_on_batch(real, np.ones((len(real), 1))))
        losses.append(discriminator.train_on_batch(fake, np.zeros((len(real), 1))))
    return np.mean(losses)
# %% d3_generator
def generator_epoch(count, discriminator, combined):
    discriminator.trainable = False
    noise = draw_noise(count, combined)
    return combined.fit(noise, tf.ones((count, 1)), batch_size=BATCH, verbose=0).history["loss"][0]
