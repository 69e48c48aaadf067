# A good function, but the cell never calls it.
# marks: 1.5 of 2
def display_key_epochs():
    for epoch in (10, 20, 30, 40, 50):
        display(display_image(epoch))
