"""What :mod:`gan_helpers.training` is made of; not for students."""
