# All five go into the same axes, so only the last one can be seen.
# marks: 1 of 2
import matplotlib.pyplot as plt


def display_key_epochs():
    plt.figure(figsize=(4, 4))
    for epoch in (10, 20, 30, 40, 50):
        plt.imshow(display_image(epoch), cmap="gray")
        plt.title(f"Epoch {epoch}")
    plt.show()


display_key_epochs()
