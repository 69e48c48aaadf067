# The functional API, a sigmoid at the discriminator's end, and the discriminator first.
# marks: 6 of 6
my_range = (0.0, 1.0)


def make_my_gan():
    z = keras.Input((100,))
    x = layers.LeakyReLU()(layers.BatchNormalization()(layers.Dense(7 * 7 * 64)(z)))
    x = layers.Reshape((7, 7, 64))(x)
    x = layers.Conv2DTranspose(32, 5, strides=2, padding="same")(x)
    x = layers.LeakyReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(1, 5, strides=2, padding="same", activation="sigmoid")(x)
    generator = models.Model(z, x)

    image = keras.Input((28, 28, 1))
    x = layers.LeakyReLU()(layers.Conv2D(32, 5, strides=2, padding="same")(image))
    x = layers.Dropout(0.3)(x)
    x = layers.LeakyReLU()(layers.Conv2D(64, 5, strides=2, padding="same")(x))
    x = layers.Dropout(0.3)(x)
    discriminator = models.Model(image, layers.Dense(1, activation="sigmoid")(layers.Flatten()(x)))

    gen_optimizer = keras.optimizers.Adam(2e-3, beta_1=0.5)
    disc_optimizer = keras.optimizers.Adam(1e-3, beta_1=0.5)
    loss = keras.losses.BinaryCrossentropy()

    @tf.function
    def train_step(images):
        count = tf.shape(images)[0]
        fake = generator(sampling.latent((count, 100)), training=True)
        with tf.GradientTape() as tape:
            d_loss = 0.5 * loss(tf.ones((count, 1)), discriminator(images, training=True))
            d_loss += 0.5 * loss(tf.zeros((count, 1)), discriminator(fake, training=True))
        gradients = tape.gradient(d_loss, discriminator.trainable_weights)
        disc_optimizer.apply_gradients(zip(gradients, discriminator.trainable_weights))
        with tf.GradientTape() as tape:
            fake = generator(sampling.latent((count, 100)), training=True)
            g_loss = loss(tf.ones((count, 1)), discriminator(fake, training=True))
        gradients = tape.gradient(g_loss, generator.trainable_weights)
        gen_optimizer.apply_gradients(zip(gradients, generator.trainable_weights))
        return {"discriminator_loss": d_loss, "generator_loss": g_loss}

    return generator, discriminator, gen_optimizer, disc_optimizer, train_step
