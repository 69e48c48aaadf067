# The pictures are read when the function is defined, so it always shows that run.
# marks: 0.5 of 2
key_pictures = [display_image(epoch) for epoch in (10, 20, 30, 40, 50)]


def display_key_epochs(pictures=key_pictures):
    for picture in pictures:
        display(picture)


display_key_epochs()
