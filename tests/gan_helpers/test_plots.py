import sys

import matplotlib
import numpy as np
import pytest
from PIL import Image

from gan_helpers import plots
from gan_helpers._plots import QUALITY
from gan_helpers.history import History
from gan_helpers.quality import QualityLog

pytestmark = pytest.mark.slow  # imports TensorFlow


@pytest.fixture
def image_dir(tmp_path):
    """Pictures of epochs 1 to 12 whose grey value is 20 times the epoch, and other files."""
    for epoch in range(1, 13):
        array = np.full((6, 8), 20 * epoch, np.uint8)
        Image.fromarray(array).save(tmp_path / f"image_at_epoch_{epoch:04d}.png")
    (tmp_path / "image_at_epoch_final.png").write_bytes(b"not one of them")
    return tmp_path


@pytest.fixture
def history():
    return History(
        epochs=[1, 2, 3],
        losses={"generator_loss": [0.7, 0.9, 1.1], "discriminator_loss": [1.4, 1.2, 1.0]},
    )


def test_epoch_images_are_in_the_order_of_numbers(tmp_path):
    for epoch in (10000, 2, 30):
        Image.new("L", (2, 2)).save(tmp_path / f"image_at_epoch_{epoch:04d}.png")
    assert list(plots.epoch_images(tmp_path)) == [2, 30, 10000]


def test_gif_shows_every_epoch_in_order(image_dir, tmp_path):
    path = plots.make_gif(image_dir, tmp_path / "dcgan.gif")
    with Image.open(path) as gif:
        greys = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            picture = gif.convert("L")
            greys.append(picture.getpixel((7, 26 + 3)))
            assert picture.crop((0, 0, 16, 26)).getextrema()[0] < 128, "the epoch stands above"
    assert greys == [20 * epoch for epoch in range(1, 13)]


def test_film_strip_shows_the_epochs_asked_for(image_dir):
    strip = plots.film_strip(image_dir, [2, 10, 5])
    assert strip.size == (3 * 8 + 4 * 12, 6 + 26 + 12)
    assert [strip.getpixel((12 + 20 * i + 3, 26 + 3)) for i in range(3)] == [40, 200, 100]


def test_missing_pictures_are_named(image_dir, tmp_path):
    with pytest.raises(FileNotFoundError, match="epoch 20, 30; it has epochs 1 to 12"):
        plots.film_strip(image_dir, [10, 20, 30])
    with pytest.raises(FileNotFoundError, match="train first"):
        plots.make_gif(tmp_path / "nowhere", tmp_path / "x.gif")
    with pytest.raises(ValueError, match="nothing to show"):
        plots.film_strip(image_dir, [])


def test_loss_curves_have_lines_alt_text_and_differ_without_colour(history):
    figure = plots.loss_curves(history)
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == ["generator loss", "discriminator loss"]
    np.testing.assert_array_equal(lines[0].get_ydata(), history.losses["generator_loss"])
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    assert "discriminator loss: 1.40 in epoch 1, 1.00 in epoch 3" in figure.alt_text
    shown = figure._repr_html_()
    assert shown.startswith('<img src="data:image/png;base64,') and "generator loss" in shown


def test_loss_curves_of_several_runs(history):
    figure = plots.loss_curves({"small": history, "large": history})
    assert len(figure.axes[0].lines) == 4
    assert "large generator loss" in figure.alt_text


def test_loss_curves_need_losses():
    with pytest.raises(ValueError, match="let train_step return them"):
        plots.loss_curves(History())


def test_colours_can_be_told_apart_by_the_colour_blind():
    rgb = np.array([matplotlib.colors.to_rgb(colour) for colour in plots.COLOURS])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    # Full red-green blindness, G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, 2009.
    deuteranopia = np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    )
    seen = np.clip(linear @ deuteranopia.T, 0, 1) ** (1 / 2.2)
    distances = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    assert distances[~np.eye(len(seen), dtype=bool)].min() > 0.1


def test_show_embeds_the_picture_with_its_text(monkeypatch, image_dir):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    plots.show(Image.new("L", (4, 4)), alt='Digits <"3">')
    plots.show_grid(np.zeros((5, 28, 28)))
    plots.show(plots.make_gif(image_dir, image_dir / "a.gif"), alt="Digits growing")
    plots.show(plots.film_strip(image_dir, [2, 10]))
    plots.show(plots.compare_runs({"first": image_dir}, [3]))
    texts = [item.data for item in shown]
    assert 'alt="Digits &lt;&quot;3&quot;&gt;"' in texts[0]
    assert "A grid of 5 images." in texts[1]
    assert "data:image/gif;base64," in texts[2]
    assert "Samples after epochs 2, 10, side by side." in texts[3]
    assert "first. From left to right: epochs 3." in texts[4]
    with pytest.raises(ValueError, match="alt="):
        plots.show(Image.new("L", (4, 4)))


def test_runs_are_below_each_other(image_dir):
    picture = plots.compare_runs({"first": image_dir, "second": image_dir}, [1, 10])
    strip = plots.film_strip(image_dir, [1, 10])
    assert picture.size == (strip.width + 24, 2 * (strip.height + 38))
    for row in range(2):
        y = row * (strip.height + 38) + 26 + 26 + 3
        assert [picture.getpixel((12 + 12 + 20 * i + 3, y)) for i in range(2)] == [20, 200]
    with pytest.raises(ValueError, match="nothing to show"):
        plots.compare_runs({})


def test_interpolation_goes_row_by_row_from_start_to_end():
    def generator(noise, training):
        assert training is False
        return np.tanh(noise[:, :1].reshape(-1, 1, 1, 1)) * np.ones((1, 5, 5, 1))

    starts, ends = np.array([[-3.0, 0.1], [3.0, 0.1]]), np.array([[3.0, 0.1], [-3.0, 0.1]])
    picture = np.asarray(plots.interpolation(generator, starts, ends, steps=4, scale=1))
    assert picture.shape == (2 * 7 + 2, 4 * 7 + 2)
    first, second = picture[4, 4::7], picture[11, 4::7]
    assert first[0] < 10 and first[3] > 245 and (np.diff(first.astype(int)) >= 0).all()
    assert (np.diff(second.astype(int)) <= 0).all()
    with pytest.raises(ValueError, match="noise_dim"):
        plots.interpolation(generator, starts[0], ends[0])


def test_nearest_training_images_are_below_the_generated_ones():
    training = np.linspace(-1, 1, 5).reshape(5, 1, 1, 1) * np.ones((5, 6, 6, 1))
    picture = plots.nearest_training_images(training[[4, 0]], training, [3, 1], count=9, scale=1)
    pixels = np.asarray(picture)
    assert [pixels[26 + 4, x] for x in (8, 16)] == [255, 0]
    assert [pixels[26 + 10 + 4 + 26 + 4, x] for x in (8, 16)] == [191, 64]
    assert picture.alt_text.startswith("2 generated images")


@pytest.fixture
def quality_log(tmp_path):
    log = QualityLog(tmp_path / "q.jsonl")
    for epoch, value in ((5, 40.0), (10, 8.0), (15, None)):
        numbers = {
            f"{name}{ending}": value / (10 if ending else 1)
            for name in QUALITY
            for ending in ("", "_floor")
            if value
        }
        log.records[epoch] = numbers or None
    return log


def test_quality_curves_show_real_images_too(quality_log):
    figure = plots.quality_curves(quality_log)
    assert len(figure.axes) == 6 and figure.axes[0].get_yscale() == "log"
    for axes in figure.axes:
        curve, floor = axes.lines
        np.testing.assert_array_equal(curve.get_ydata(), [40, 8, np.nan])
        assert floor.get_ydata()[0] == pytest.approx(2.4) and floor.get_label() == "real images"
    assert "Fréchet distance (lower is better): 40.00 in epoch 5" in figure.alt_text
    figure = plots.quality_curves({"small": quality_log, "large": quality_log})
    first, second, _ = figure.axes[3].lines
    assert (first.get_linestyle(), first.get_marker()) != (
        second.get_linestyle(),
        second.get_marker(),
    )
    assert "large density" in figure.alt_text


def test_quality_curves_need_a_record(tmp_path):
    with pytest.raises(ValueError, match="QualityCallback"):
        plots.quality_curves(QualityLog(tmp_path / "none.jsonl"))


def test_slider_shows_the_epoch_it_is_moved_to(image_dir):
    pytest.importorskip("ipywidgets")
    slider, picture = plots.epoch_slider(image_dir).children
    assert slider.value == 12 and 'alt="Samples after epoch 12."' in picture.value
    slider.value = 10
    assert 'alt="Samples after epoch 10."' in picture.value


def test_slider_says_what_to_install(image_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match="pip install ipywidgets"):
        plots.epoch_slider(image_dir)
