# Clears the output before each picture, so only the last one stays.
# marks: 1 of 2
from IPython.display import clear_output


def display_key_epochs():
    for epoch in (10, 20, 30, 40, 50):
        clear_output()
        display(display_image(epoch))


display_key_epochs()
