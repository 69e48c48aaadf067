# The generator's epoch comes before the discriminator's, and training stops after ten epochs.
# marks: 3 of 4
# %% d3_train
start_run("dense")


def train_epoch(images, generator, discriminator, combined):
    gen_loss = generator_epoch(len(images), discriminator, combined)
    disc_loss = discriminator_epoch(images, generator, discriminator)
    return {"discriminator_loss": disc_loss, "generator_loss": gen_loss}


dense_history = train(train_epoch, gen_model, disc_model, GAN_model, 10)
