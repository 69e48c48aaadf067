# The function has a parameter, which the question does not give it; names of the notebook are lost.
# marks: 0.5 of 2
EPOCHS = [10, 20, 30, 40, 50]
seed = 1


def display_key_epochs(epochs):
    for epoch in epochs:
        display(display_image(epoch))


display_key_epochs(EPOCHS)
