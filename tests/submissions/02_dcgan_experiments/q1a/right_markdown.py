# Markdown with data URIs, small JPEG pictures, and a loop over a string.
# marks: 2 of 2
import base64
import io

from IPython.display import Markdown


def display_key_epochs():
    for tens in "12345":
        buffer = io.BytesIO()
        display_image(int(tens) * 10).convert("L").resize((96, 96)).save(buffer, "JPEG")
        code = base64.b64encode(buffer.getvalue()).decode()
        display(Markdown(f"**Epoch {tens}0**\n\n![samples](data:image/jpeg;base64,{code})"))


display_key_epochs()
