# The package's function, which loading its module anew brings back.
# marks: 1 of 4
import importlib

frechet_distance = importlib.reload(metrics).frechet_distance
