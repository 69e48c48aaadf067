"""What :mod:`gan_helpers.hand_in` is made of; not for students."""
