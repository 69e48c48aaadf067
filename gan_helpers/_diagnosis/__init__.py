"""The rules of :mod:`gan_helpers.diagnosis`; not for students."""
