# The learning rate as a TensorFlow variable.
# marks: 1 of 1
lr = tf.Variable(0.001)
generator_optimizer = tf.keras.optimizers.Adam(float(lr))
discriminator_optimizer = tf.keras.optimizers.Adam(float(lr))
