"""Exact resume: a run stopped at any moment goes on as if it had never been stopped.

A ``tf.train.Checkpoint`` of networks and optimizers is not enough for that: it leaves out the
random streams of the Dropout layers, the noise, the order of the data and the history, so the
resumed run drifts away from the uninterrupted one. Here all of it is saved, between epochs.

Files are written for folders that synchronise with Google Drive, which renames nothing atomically
and may lose the newest file when the runtime disconnects: each state is written to local disk
first, copied under a name never used before, and only then announced by a small manifest with its
hash. The last two states stay, every hash is verified, and what is damaged is passed over.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from gan_helpers._training.run_settings import build_optimizers, differences, settings_of

_FORMAT = 1
_KEEP = 2
# So many batches are searched for the images of a saved one; data may also be endless.
_MOST_BATCHES = 5000


@dataclass
class ResumableRun:
    """The saved states of one training run, in its folder; nothing is read or written at first.

    ``dataset`` is one epoch of the ``whole`` training data. Of the notebook's ``checkpoint`` the
    count of saves is saved. No ``settings`` may change in the middle of a run.
    """

    folder: Path
    networks: Mapping[str, keras.Model]
    optimizers: Mapping[str, keras.optimizers.Optimizer]
    dataset: tf.data.Dataset
    whole: tf.data.Dataset
    checkpoint: tf.train.Checkpoint | None
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        for name, network in self.networks.items():
            if not network.built:
                raise ValueError(
                    f"{name} has no weights yet, so its training cannot be kept. Begin the network "
                    "with keras.Input(shape), or call it once on a batch."
                )
        self.settings = settings_of(self.networks, self.optimizers, self.dataset, self.settings)
        self._states = self.folder / "resume"
        self._pending_order: dict[str, np.ndarray] | None = None
        self._pending_batch: list[str] = []

    def delete(self) -> None:
        """Delete all saved states of this run."""
        shutil.rmtree(self._states, ignore_errors=True)

    def restore(self) -> dict[str, Any] | None:
        """Go back to the newest undamaged state and return its history, ``None`` without any."""
        for path in self._manifests():
            state = _read(path)
            if state is None:
                print(f"{path.name} is damaged or incomplete: using the state before it.")
                path.with_suffix(".npz").unlink(missing_ok=True)
                path.unlink(missing_ok=True)
                continue
            manifest, arrays = state
            for difference in differences(manifest["settings"], self.settings):
                raise self._refusal(f"was made with another setting: {difference}")
            self._put_back(arrays, manifest)
            history: dict[str, Any] = manifest["history"]
            return history
        return None

    def _refusal(self, why: str) -> ValueError:
        return ValueError(
            f"The training kept in {self.folder} {why}. Give this run another name, or begin it "
            "again with restart=True."
        )

    def before_epoch(self) -> None:
        """Set the order of the data, before the iterator of an epoch is made."""
        if self._pending_order is None:
            return
        _restore_order(iter(self.dataset), self._pending_order)
        if _digests(next(iter(self.dataset))) != self._pending_batch:
            self._refuse_other_data()
            print(
                "Note: the images come in another order than they would have without the "
                "interruption, so the result will not be the same to the last digit. Give "
                "shuffle() a seed to avoid that."
            )
        self._pending_order = None

    def _refuse_other_data(self) -> None:
        """Look for the images of the saved batch anywhere in the data."""
        missing = set(self._pending_batch)
        for batch in self.whole.take(_MOST_BATCHES):
            missing.difference_update(_digests(batch))
            if not missing:
                return
        # Half of them, because a pipeline may change some images at random.
        if len(missing) > len(set(self._pending_batch)) / 2:
            raise self._refusal("was made with other data, or with another scaling of it")

    def after_epoch(self, epoch: int, history: Mapping[str, Any] | None) -> None:
        """Save the state after an epoch, from 1; nothing is written without a history.

        It has to be called after every epoch all the same.
        """
        # Iterators draw their shuffling seeds from the dataset, one after the other. The state of
        # an unused one tells how far these draws have come; the first batch of the next one tells
        # whether it is the same data in the same order at all. Both are made after every epoch,
        # saved or not, so that the order does not depend on how often states are saved.
        position = iter(self.dataset)
        order = _save_order(position) if history is not None else {}
        following = iter(self.dataset)
        if history is None:
            return
        arrays = {f"order/{key}": value for key, value in order.items()}
        for name, variable in self._variables():
            arrays[name] = _to_numpy(variable)
        arrays["random/numpy"] = np.random.get_state(legacy=True)[1]  # type: ignore[index]
        self._write(epoch, arrays, history, first_batch=_digests(next(following)))

    def _variables(self) -> list[tuple[str, Any]]:
        """List all state that lives in variables, under names that do not change."""
        variables: list[tuple[str, Any]] = []
        for group, members in (("network", self.networks), ("optimizer", self.optimizers)):
            for name, member in members.items():
                # `variables`, not `weights`: it includes the random streams of Dropout layers.
                for index, variable in enumerate(member.variables):
                    variables.append((f"{group}/{name}/{index}", variable))
        variables.append(("random/tensorflow", tf.random.get_global_generator().state))
        if self.checkpoint is not None:
            variables.append(("checkpoint/save_counter", self.checkpoint.save_counter))
        return variables

    def _write(
        self,
        epoch: int,
        arrays: Mapping[str, np.ndarray],
        history: Mapping[str, Any],
        *,
        first_batch: list[str],
    ) -> None:
        self._states.mkdir(parents=True, exist_ok=True)
        # A new name each time: nothing that is whole is ever written over.
        name = f"state-{epoch:06d}-{secrets.token_hex(4)}"
        with tempfile.TemporaryDirectory() as local:
            path = Path(local) / f"{name}.npz"
            np.savez(path, **arrays)  # type: ignore[arg-type]
            manifest = {
                "format": _FORMAT,
                "epoch": epoch,
                "file": path.name,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "settings": self.settings,
                "random": _host_random_state(),
                "first_batch": first_batch,
                "history": history,
                "versions": _versions(),
            }
            shutil.copyfile(path, self._states / path.name)
        text = json.dumps(manifest)
        check = hashlib.sha256(text.encode()).hexdigest()
        (self._states / f"{name}.json").write_text(f"{check}\n{text}\n", encoding="utf-8")
        newest = {path.stem for path in self._manifests()[:_KEEP]}
        for path in self._states.glob("state-*"):
            if path.stem not in newest:
                path.unlink(missing_ok=True)

    def _manifests(self) -> list[Path]:
        """List the manifests, newest first."""
        return sorted(
            self._states.glob("state-*.json"),
            key=lambda path: (path.name[:12], path.stat().st_mtime_ns),
            reverse=True,
        )

    def _put_back(self, arrays: dict[str, np.ndarray], manifest: Mapping[str, Any]) -> None:
        if manifest["versions"] != _versions():
            print(
                f"Note: this training was begun with {manifest['versions']}, now it is "
                f"{_versions()}. It goes on, but perhaps not to the last digit."
            )
        build_optimizers(self.optimizers, self.networks)
        variables = self._variables()
        for name, variable in variables:
            if name not in arrays or arrays[name].shape != tuple(variable.shape):
                raise self._refusal(f"does not fit these networks and optimizers (at {name})")
        for name, variable in variables:
            variable.assign(arrays[name])
        _set_host_random_state(manifest["random"], arrays["random/numpy"])
        self._pending_order = {
            key.removeprefix("order/"): value
            for key, value in arrays.items()
            if key.startswith("order/")
        }
        self._pending_batch = manifest["first_batch"]


def _to_numpy(variable: Any) -> np.ndarray:
    value = np.asarray(variable.numpy())
    # NumPy's file format knows no bfloat16; float32 holds every value of it.
    return value.astype(np.float32) if value.dtype.name == "bfloat16" else value


def _save_order(iterator: Any) -> dict[str, np.ndarray]:
    """Save where the shuffling stands: cheap, as the iterator has not been used yet."""
    with tempfile.TemporaryDirectory() as local:
        tf.train.Checkpoint(iterator=iterator).write(str(Path(local) / "order"))
        return {
            path.name: np.frombuffer(path.read_bytes(), np.uint8)
            for path in sorted(Path(local).iterdir())
        }


def _restore_order(iterator: Any, files: Mapping[str, np.ndarray]) -> None:
    with tempfile.TemporaryDirectory() as local:
        for name, content in files.items():
            (Path(local) / Path(name).name).write_bytes(content.tobytes())
        tf.train.Checkpoint(iterator=iterator).read(str(Path(local) / "order"))


def _digests(batch: Any) -> list[str]:
    """Hash each image of a batch."""
    images = tf.nest.flatten(batch)[0].numpy()
    return [hashlib.blake2b(image.tobytes(), digest_size=8).hexdigest() for image in images]


def _host_random_state() -> dict[str, Any]:
    """Return Python's and NumPy's random streams; NumPy's 624 words go to the arrays."""
    name, _, position, has_gauss, cached = np.random.get_state(legacy=True)
    return {"python": random.getstate(), "numpy": [name, position, has_gauss, cached]}


def _set_host_random_state(saved: Mapping[str, Any], words: np.ndarray) -> None:
    version, internal, gauss = saved["python"]
    random.setstate((version, tuple(internal), gauss))
    name, position, has_gauss, cached = saved["numpy"]
    np.random.set_state((name, words, position, has_gauss, cached))


def _versions() -> str:
    return f"TensorFlow {tf.__version__} and Keras {keras.__version__}"


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """Return a manifest and the arrays that it announces, ``None`` if either is damaged."""
    try:
        check, _, text = path.read_text(encoding="utf-8").partition("\n")
        text = text.removesuffix("\n")
        if hashlib.sha256(text.encode()).hexdigest() != check:
            return None
        manifest = json.loads(text)
        file = path.parent / Path(str(manifest["file"])).name
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if manifest["format"] != _FORMAT or digest != manifest["sha256"]:
            return None
        with np.load(file, allow_pickle=False) as arrays:
            return manifest, {key: arrays[key] for key in arrays.files}
    except (OSError, ValueError, KeyError):
        return None
