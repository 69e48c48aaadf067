# Figures as SVG, in which a picture is embedded in a way of its own; and an object, no function.
# marks: 2 of 2
import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import set_matplotlib_formats

set_matplotlib_formats("svg")


class KeyEpochs:
    def __init__(self, *epochs):
        self.epochs = epochs

    def __call__(self):
        _, axes = plt.subplots(1, len(self.epochs), figsize=(12, 3))
        for axis, epoch in zip(axes, self.epochs):
            axis.imshow(display_image(epoch), cmap="magma")
            axis.set_title(epoch)
        plt.show()


display_key_epochs = KeyEpochs(10, 20, 30, 40, 50)
display_key_epochs()
