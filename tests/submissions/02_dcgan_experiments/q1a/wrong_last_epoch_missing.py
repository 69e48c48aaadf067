# range() leaves out its end: epoch 50 is missing.
# marks: 1 of 2
def display_key_epochs():
    for epoch in range(10, 50, 10):
        print("Epoch", epoch)
        display(display_image(epoch))


display_key_epochs()
