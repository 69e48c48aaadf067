# Restores into a new network, which is then forgotten.
# marks: 0.5 of 1
restored = make_generator_model(BATCH_SIZE)
tf.train.Checkpoint(generator=restored).restore(
    tf.train.latest_checkpoint(checkpoint_dir)
).expect_partial()
display_key_epochs()
