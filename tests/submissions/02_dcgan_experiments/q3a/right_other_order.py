# Shows first and reads the checkpoint afterwards, its objects matched one by one.
# marks: 1 of 1
import matplotlib.pyplot as plt

for epoch in range(10, 60, 10):
    plt.imshow(display_image(epoch), cmap="bone")
    plt.title(f"Section 4, epoch {epoch}")
    plt.show()
checkpoint.read(tf.train.latest_checkpoint(checkpoint_dir)).assert_existing_objects_matched()
