# The course's own film strip of the current folder.
# marks: 2 of 2
def display_key_epochs():
    words = "Sixteen samples each, after epochs 10, 20, 30, 40 and 50."
    plots.show(plots.film_strip(image_dir, (10, 20, 30, 40, 50)), alt=words)


display_key_epochs()
