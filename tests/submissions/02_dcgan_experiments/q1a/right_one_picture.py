# The five pictures pasted into one, with the epoch written onto each.
# marks: 2 of 2
import PIL.ImageDraw


def display_key_epochs():
    pictures = [display_image(epoch).convert("RGB") for epoch in (10, 20, 30, 40, 50)]
    width, height = pictures[0].size
    strip = PIL.Image.new("RGB", (5 * width, height), "white")
    for place, picture in enumerate(pictures):
        strip.paste(picture, (place * width, 0))
        draw = PIL.ImageDraw.Draw(strip)
        draw.text((place * width + 4, 4), f"Epoch {10 * (place + 1)}", fill="red")
    display(strip)


display_key_epochs()
