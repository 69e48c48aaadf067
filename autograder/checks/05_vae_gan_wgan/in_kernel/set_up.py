"""Keeps what provided cells have defined, and notes what every figure draws."""


def _grading(arrays):
    import functools

    import matplotlib.figure
    import numpy

    space, curves = globals(), []
    draw = matplotlib.figure.Figure.draw

    @functools.wraps(draw)
    def noting(figure, *arguments, **named):
        for axes in figure.axes:
            curves.extend(line.get_ydata() for line in axes.lines)
            # Points that are scattered instead of joined, and bars.
            curves.extend(points.get_offsets()[:, 1] for points in axes.collections)
            curves.extend([bar.get_height() for bar in bars] for bars in axes.containers)
        return draw(figure, *arguments, **named)

    matplotlib.figure.Figure.draw = noting

    def drawn(length):
        """Return the curves of that many points, one in a row, and forget them all."""
        found = []
        for curve in curves:
            try:
                found.append(numpy.asarray(curve, numpy.float64).reshape(length))
            except (TypeError, ValueError):
                continue  # of another length, or not of numbers
        curves.clear()
        return numpy.reshape(found[:100], (-1, length))

    names = (
        "BUDGET EPOCHS SAMPLES SAMPLE_EPOCHS budget_of data display folder keep_samples keras "
        "layers load_samples metrics np plots plt samples_file sampling test_images tf train "
        "train_images train_rows training"
    ).split()
    provided = {name: space[name] for name in names}
    space["_grading_state"] = {"provided": provided, "curves": curves, "drawn": drawn}
