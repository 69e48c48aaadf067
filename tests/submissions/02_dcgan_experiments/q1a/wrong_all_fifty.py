# Shows every epoch instead of the five.
# marks: 1 of 2
def display_key_epochs():
    for epoch in range(1, EPOCHS + 1):
        display(display_image(epoch))


display_key_epochs()
