# No training, only the baseline's pictures under this run's name.
# marks: 0 of 1
import shutil

shutil.copytree(folder / "baseline" / "images", image_dir, dirs_exist_ok=True)
