# Compares the first and the last key epoch only.
# marks: 0.5 of 1
checkpoint.restore(tf.train.latest_checkpoint(checkpoint_dir))
for epoch in (10, 50):
    display(display_image(epoch))
