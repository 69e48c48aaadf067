# Returns a list of pictures, of which Jupyter shows nothing but a text.
# marks: 0 of 2
def display_key_epochs():
    return [display_image(epoch) for epoch in (10, 20, 30, 40, 50)]


display_key_epochs()
