# IPython.display.Image straight from the files of the current run, chosen by sorting them.
# marks: 2 of 2
from IPython.display import Image


def display_key_epochs():
    files = sorted(image_dir.glob("image_at_epoch_*.png"))
    for file in files[9::10]:
        print(file.name)
        display(Image(filename=str(file), width=300))


display_key_epochs()
