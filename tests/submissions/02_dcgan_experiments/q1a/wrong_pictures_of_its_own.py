# Shows pictures, but they are drawn anew and come from no run.
# marks: 0 of 2
import matplotlib.pyplot as plt


def display_key_epochs():
    for epoch in (10, 20, 30, 40, 50):
        samples = np.random.default_rng(epoch).random((128, 128))
        plt.figure()
        plt.title(f"Epoch {epoch}")
        plt.imshow(samples, cmap="gray")
        plt.show()


display_key_epochs()
