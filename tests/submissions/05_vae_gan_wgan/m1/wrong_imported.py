# The package's function instead of one's own.
# marks: 1 of 4
from gan_helpers.metrics import frechet_distance
