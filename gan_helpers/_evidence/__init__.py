"""How :mod:`gan_helpers.evidence` describes objects; not for students."""
