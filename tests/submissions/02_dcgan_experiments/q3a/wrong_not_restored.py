# Shows the pictures only.
# marks: 0.5 of 1
display_key_epochs()
