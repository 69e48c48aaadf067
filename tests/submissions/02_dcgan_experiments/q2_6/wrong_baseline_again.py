# Trains the baseline's networks, with new optimizers.
# marks: 0.5 of 1
generator, discriminator = baseline_generator, baseline_discriminator
history = train(train_dataset, EPOCHS)
