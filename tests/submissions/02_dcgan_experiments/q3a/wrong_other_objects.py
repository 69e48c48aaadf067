# Restores into a new network, which is then forgotten.
# marks: 0.5 of 1
restored = keras.models.clone_model(generator)
tf.train.Checkpoint(generator=restored).restore(
    tf.train.latest_checkpoint(checkpoint_dir)
).expect_partial()
display_key_epochs()
