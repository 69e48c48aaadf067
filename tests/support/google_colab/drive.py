"""Mounts a folder of the test as Google Drive."""

import os
from pathlib import Path


def mount(mountpoint):
    """Make Drive's folder; a test has no place at /content."""
    from gan_helpers import workspace

    assert mountpoint == "/content/drive"
    workspace._DRIVE = Path(os.environ["COLAB_PAGE"], "drive")
    print("Mounted at", mountpoint)
