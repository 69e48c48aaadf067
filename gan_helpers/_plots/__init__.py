"""What :mod:`gan_helpers.plots` is made of; not for students."""
