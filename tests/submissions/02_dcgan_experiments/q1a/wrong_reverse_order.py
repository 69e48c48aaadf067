# The pictures come from the last epoch to the first.
# marks: 1 of 2
def display_key_epochs():
    for epoch in range(50, 0, -10):
        display(display_image(epoch))


display_key_epochs()
