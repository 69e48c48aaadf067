# Takes epoch numbers for indices from zero.
# marks: 1 of 2
def display_key_epochs():
    for index in (9, 19, 29, 39, 49):
        display(display_image(index))


display_key_epochs()
