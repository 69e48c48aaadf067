"""The small frozen classifier through whose eyes :mod:`gan_helpers.quality` looks at images."""
