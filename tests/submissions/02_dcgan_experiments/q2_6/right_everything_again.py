# Makes everything once more before training, as after a run that was begun with other settings.
# marks: 1 of 1
generator = make_generator_model(BATCH_SIZE)
discriminator = make_discriminator_model()
generator_optimizer = keras.optimizers.Adam(1e-3)
discriminator_optimizer = keras.optimizers.Adam(1e-3)
train_step = tf.function(gan_step)
image_dir, checkpoint_dir = workspace.run_folders(folder, "section_4")
checkpoint = tf.train.Checkpoint(
    generator_optimizer=generator_optimizer,
    discriminator_optimizer=discriminator_optimizer,
    generator=generator,
    discriminator=discriminator,
)
history = train(train_dataset, EPOCHS, restart=True)
