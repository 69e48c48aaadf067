# The path from the checkpoint's state file, into a checkpoint of the same objects made anew.
# marks: 1 of 1
path = tf.train.get_checkpoint_state(checkpoint_dir).model_checkpoint_path
tf.train.Checkpoint(
    generator=generator,
    discriminator=discriminator,
    generator_optimizer=generator_optimizer,
    discriminator_optimizer=discriminator_optimizer,
).restore(path)
display_key_epochs()
