"""Helpers the GAN course notebooks import: data, training, checkpoints, metrics and pictures."""

__version__ = "0.1.0"
