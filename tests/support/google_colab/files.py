"""Puts what is downloaded into the test's folder."""

import os
import shutil
from pathlib import Path


def download(filename):
    """Download a file, as a browser does."""
    folder = Path(os.environ["COLAB_PAGE"], "downloads")
    folder.mkdir(exist_ok=True)
    shutil.copy(filename, folder)
