# Calls the course's training loop itself.
# marks: 1 of 1
history = training.fit(
    train_step,
    train_dataset,
    epochs=EPOCHS,
    budget=BUDGET,
    networks={"generator": generator, "discriminator": discriminator},
    optimizers={"g": generator_optimizer, "d": discriminator_optimizer},
    on_epoch_end=lambda epoch: generate_and_save_images(generator, epoch, seed),
    checkpoint=checkpoint,
    checkpoint_dir=checkpoint_dir,
)
