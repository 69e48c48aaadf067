import numpy as np
import pytest
from sklearn.metrics.pairwise import polynomial_kernel

from gan_helpers import data, metrics
from gan_helpers._scorer.model import mnist_scorer
from tests.support import real_images
from tests.support.real_images import mnist
from tools.quality_examples import CORRUPTIONS


@pytest.fixture(scope="module")
def digits():
    """Real digits as 64 features each: 28x28 pixels, averaged over what were 8x8."""
    (x_train, y_train), (x_test, _) = data.load_mnist(source="digits")
    images = np.concatenate([x_train, x_test])[np.random.default_rng(0).permutation(1797)]
    return images / 255.0


def pixels(images):
    """Averages 28x28 images over 4x4 blocks: 49 features."""
    return images.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)).reshape(-1, 49)


def gaussian(count, dimension, *, mean=0.0, scale=1.0, seed=0):
    return mean + scale * np.random.default_rng(seed).normal(size=(count, dimension))


def with_statistics(features, mean, covariance):
    """Moves features so that their mean and covariance are exactly these."""
    centred = features - features.mean(axis=0)
    whiten = np.linalg.inv(np.linalg.cholesky(np.cov(centred, rowvar=False))).T
    return centred @ whiten @ np.linalg.cholesky(covariance).T + mean


def test_frechet_of_diagonal_gaussians_has_a_closed_form():
    variances_1, variances_2 = np.array([1.0, 4.0, 9.0]), np.array([4.0, 1.0, 0.25])
    mean = np.array([1.0, -2.0, 0.5])
    expected = mean @ mean + ((np.sqrt(variances_1) - np.sqrt(variances_2)) ** 2).sum()
    first = with_statistics(gaussian(40, 3), np.zeros(3), np.diag(variances_1))
    second = with_statistics(gaussian(40, 3, seed=1), mean, np.diag(variances_2))
    assert metrics.frechet_distance(first, second) == pytest.approx(expected, abs=1e-10)


def test_frechet_from_samples_with_exact_statistics():
    covariance_1 = np.array([[2.0, 0.5], [0.5, 1.0]])
    covariance_2 = np.array([[1.0, -0.3], [-0.3, 3.0]])
    first = with_statistics(gaussian(70, 2), np.zeros(2), covariance_1)
    second = with_statistics(gaussian(70, 2, seed=1), np.array([3.0, 4.0]), covariance_2)
    # For 2x2 matrices tr sqrt(A) = sqrt(tr A + 2 sqrt(det A)), with A = S1 S2.
    product = covariance_1 @ covariance_2
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    expected = 25 + np.trace(covariance_1) + np.trace(covariance_2) - 2 * root
    assert metrics.frechet_distance(first, second) == pytest.approx(expected, abs=1e-8)


def test_frechet_agrees_with_the_matrix_square_root():
    scipy_linalg = pytest.importorskip("scipy.linalg")
    first, second = gaussian(200, 12), gaussian(200, 12, mean=0.3, scale=1.4, seed=1)
    second = second @ gaussian(12, 12, seed=2)
    s1, s2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    difference = first.mean(0) - second.mean(0)
    root = scipy_linalg.sqrtm(s1 @ s2).real
    expected = difference @ difference + np.trace(s1 + s2 - 2 * root)
    assert metrics.frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_frechet_with_singular_covariance():
    # Two lines at right angles, with variances of 4 and 9: nothing is shared.
    along = np.array([[-1.0], [1.0]]) / np.sqrt(2)
    first, second = along * [[2.0, 0.0, 0.0]], along * [[0.0, 3.0, 0.0]]
    assert metrics.frechet_distance(first, second) == pytest.approx(13)
    few = gaussian(5, 30)
    assert metrics.frechet_distance(few, few) == pytest.approx(0, abs=1e-6)
    constant = np.ones((4, 3))
    assert metrics.frechet_distance(constant, constant + 2) == pytest.approx(12)


def test_frechet_is_symmetric_and_ignores_rotations():
    first, second = gaussian(100, 6), gaussian(100, 6, mean=1, scale=2, seed=1)
    rotation = np.linalg.qr(gaussian(6, 6, seed=2))[0]
    distance = metrics.frechet_distance(first, second)
    assert metrics.frechet_distance(second, first) == pytest.approx(distance)
    assert metrics.frechet_distance(first @ rotation, second @ rotation) == pytest.approx(distance)


def test_frechet_refuses_sets_of_different_size():
    with pytest.raises(ValueError, match="70 and 60 images; take equally many"):
        metrics.frechet_distance(gaussian(70, 3), gaussian(60, 3))


def test_frechet_of_one_feature():
    first = np.array([[-1.0], [1.0]])
    assert metrics.frechet_distance(first, 3 * first) == pytest.approx(2 * (3 - 1) ** 2)


def test_kernel_distance_is_the_unbiased_sum_over_pairs():
    first, second = gaussian(7, 3), gaussian(5, 3, mean=1, seed=1)

    def k(x, y):
        return (x @ y / 3 + 1) ** 3

    expected = (
        np.mean([k(a, b) for i, a in enumerate(first) for j, b in enumerate(first) if i != j])
        + np.mean([k(a, b) for i, a in enumerate(second) for j, b in enumerate(second) if i != j])
        - 2 * np.mean([k(a, b) for a in first for b in second])
    )
    assert metrics.kernel_distance(first, second) == pytest.approx(expected, abs=1e-12)


def test_kernel_distance_is_that_of_torch_fidelity():
    """Its definition: unbiased MMD^2, polynomial kernel, degree 3, gamma 1/D, coef0 1."""
    first, second = gaussian(300, 64), gaussian(300, 64, mean=0.2, scale=1.3, seed=1)
    count = len(first)
    kernels = [
        polynomial_kernel(a, b, degree=3, gamma=None, coef0=1)
        for a, b in ((first, first), (second, second), (first, second))
    ]
    within = sum(one.sum() - np.trace(one) for one in kernels[:2]) / (count * (count - 1))
    expected = within - 2 * kernels[2].sum() / count**2
    assert metrics.kernel_distance(first, second) == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_kernel_distance_of_gaussians_has_a_closed_form():
    # In one dimension (xy + 1)^3 compares the first three moments with weights 3, 3 and 1. With
    # all pairs of a symmetric sample the moments can be set exactly; the U-statistic's mean is
    # this value, so it is averaged over many small independent sets.
    mean, sd = 0.5, 1.2
    moments = np.array([mean, mean**2 + sd**2, mean**3 + 3 * mean * sd**2])
    expected = np.array([3.0, 3.0, 1.0]) @ (moments - np.array([0.0, 1.0, 0.0])) ** 2
    found = [
        metrics.kernel_distance(
            gaussian(500, 1, seed=seed), gaussian(500, 1, mean=mean, scale=sd, seed=1000 + seed)
        )
        for seed in range(200)
    ]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - expected) < 4 * error


def test_kernel_distance_is_unbiased_at_any_size():
    for size in (5, 50):
        found = [
            metrics.kernel_distance(gaussian(size, 4, seed=s), gaussian(size, 4, seed=9999 + s))
            for s in range(400)
        ]
        assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(len(found))


def test_density_and_coverage_of_identical_gaussians_match_their_expectation():
    real_count, fake_count, k = 400, 300, 5
    missed = np.prod([(real_count - i) / (real_count + fake_count - i) for i in range(1, k + 1)])
    found = np.array(
        [
            metrics.density_and_coverage(
                gaussian(real_count, 16, seed=s), gaussian(fake_count, 16, seed=500 + s)
            )
            for s in range(30)
        ]
    )
    error = found.std(axis=0) / np.sqrt(len(found))
    assert abs(found[:, 0].mean() - 1) < 4 * error[0]
    assert abs(found[:, 1].mean() - (1 - missed)) < 4 * error[1]


def test_density_and_coverage_on_a_line():
    real = np.array([[0.0], [1.0], [10.0]])
    # Radii to the nearest neighbour: 1, 1 and 9. The fake at 0.5 lies in the first two balls.
    density, coverage = metrics.density_and_coverage(real, [[0.5], [100.0]], neighbours=1)
    assert (density, coverage) == (1.0, pytest.approx(2 / 3))


def test_mode_collapse_lowers_coverage_not_density():
    real = gaussian(500, 4)
    density, coverage = metrics.density_and_coverage(real, 0.05 * gaussian(500, 4, seed=1))
    assert density > 1 and coverage < 0.3


def test_memory_chunks_do_not_change_results(monkeypatch):
    first, second, third = (gaussian(90, 5, mean=seed / 9, seed=seed) for seed in range(3))
    whole = metrics.evaluate(first, second, third), metrics.memorisation(first, second, third)
    monkeypatch.setattr(metrics, "_CHUNK", 7)
    parts = metrics.evaluate(first, second, third), metrics.memorisation(first, second, third)
    for name in ("frechet", "kernel", "density", "coverage"):
        assert getattr(whole[0], name) == pytest.approx(getattr(parts[0], name), rel=1e-12)
    assert whole[1].ratio == parts[1].ratio
    np.testing.assert_array_equal(whole[1].nearest, parts[1].nearest)


@pytest.fixture(scope="module")
def real_and_other():
    """Two sets of real digits in 0..1: MNIST if it is there, else scikit-learn's."""
    try:
        (training, _), (unseen, _) = mnist()
    except pytest.skip.Exception:
        images, _ = real_images.digits()
        training, unseen = images[:800], images[800:1600]
    return training[:800] / 255, unseen[:800] / 255


@pytest.mark.slow
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_distances_rise_steadily_with_every_corruption(real_and_other, name):
    real, other = real_and_other
    scorer = mnist_scorer()
    features = scorer.features(real, value_range=(0, 1))
    changed = [
        scorer.features(CORRUPTIONS[name](other, amount), value_range=(0, 1))
        for amount in (0.0, 0.2, 0.3, 0.4, 0.5)
    ]
    frechet = [metrics.frechet_distance(features, one) for one in changed]
    kernel = [metrics.kernel_distance(features, one) for one in changed]
    assert (np.diff(frechet) > 0).all(), frechet
    assert (np.diff(kernel) > 0).all(), kernel


@pytest.mark.slow
def test_distances_rise_steadily_as_variety_is_lost(digits):
    real, other = pixels(digits[:800]), pixels(digits[800:1600])
    changed = []
    for amount in (0.0, 0.2, 0.4, 0.6, 0.8):
        changed.append(other.copy())
        changed[-1][: int(amount * len(other))] = other[0]
    frechet = [metrics.frechet_distance(real, one) for one in changed]
    kernel = [metrics.kernel_distance(real, one) for one in changed]
    coverage = [metrics.density_and_coverage(real, one)[1] for one in changed]
    assert (np.diff(frechet) > 0).all() and (np.diff(kernel) > 0).all(), (frechet, kernel)
    assert (np.diff(coverage) < 0).all(), coverage


def test_class_report():
    even = metrics.class_report(np.arange(1000) % 10)
    assert even.entropy == pytest.approx(1) and even.covered == 10 and sum(even.counts) == 1000
    one = metrics.class_report(np.full(50, 3))
    assert (one.entropy, one.covered, one.counts[3]) == (0, 1, 50)
    half = metrics.class_report(np.eye(4)[[0, 1, 0, 1]], classes=4)
    assert half.entropy == pytest.approx(0.5) and half.covered == 2
    rare = metrics.class_report(np.array([0] * 999 + [1]))
    assert rare.covered == 1, "one stray image does not cover a class"


@pytest.mark.parametrize(
    "labels", [np.array([]), np.array([0.5]), np.array([10]), np.zeros((3, 4))]
)
def test_class_report_refuses_other_labels(labels):
    with pytest.raises(ValueError, match="labels must"):
        metrics.class_report(labels)


def test_memorisation_tells_copies_from_new_images(digits):
    flat = digits.reshape(len(digits), -1)
    training, unseen, new = flat[:800], flat[800:1300], flat[1300:1700]
    healthy = metrics.memorisation(training, unseen, new)
    assert healthy.ratio == pytest.approx(1, abs=0.1) and healthy.suspicious < 0.04
    copies = metrics.memorisation(training, unseen, training[5:25] + 1e-4)
    assert copies.ratio < 0.01 and copies.suspicious == 1
    np.testing.assert_array_equal(copies.nearest, np.arange(5, 25))
    with pytest.raises(ValueError, match="not trained on"):
        metrics.memorisation(training, training, new)


def test_images_of_a_simple_kind_are_no_copies():
    """Classes differ in how close their images lie; what lies close is not therefore copied."""
    narrow, wide = gaussian(900, 8, scale=0.1), gaussian(900, 8, mean=5, seed=1)
    training = np.concatenate([narrow[:400], wide[:400]])
    unseen = np.concatenate([narrow[400:800], wide[400:800]])
    collapsed = metrics.memorisation(training, unseen, narrow[800:])
    assert collapsed.ratio == pytest.approx(1, abs=0.15) and collapsed.suspicious < 0.05
    doubled = np.concatenate([training, training[:50]])
    assert metrics.memorisation(doubled, unseen, narrow[800:]).suspicious < 0.05
    assert metrics.memorisation(doubled, unseen, training[:50]).suspicious == 1


def test_evaluate_reports_the_real_floor_at_equal_size(digits):
    features = pixels(digits)
    found = metrics.evaluate(features[:700], features[700:1200], 0.5 * features[1200:])
    assert found.samples == 500
    assert found.frechet_floor == metrics.frechet_distance(features[:500], features[700:1200])
    assert found.frechet > 10 * found.frechet_floor > 0
    assert found.kernel > 10 * abs(found.kernel_floor)
    assert found.density < found.density_floor and found.coverage < found.coverage_floor


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (np.zeros((3, 2)), np.zeros((3, 4)), "must have shapes"),
        (np.zeros((3, 28, 28)), np.zeros((3, 28, 28)), "flattened"),
        (np.zeros((1, 2)), np.zeros((3, 2)), "at least two"),
        (np.full((3, 2), np.nan), np.zeros((3, 2)), "diverged"),
    ],
)
def test_features_that_do_not_fit_are_refused(first, second, message):
    for metric in (
        metrics.frechet_distance,
        metrics.kernel_distance,
        metrics.density_and_coverage,
    ):
        with pytest.raises(ValueError, match=message):
            metric(first, second)
    with pytest.raises(ValueError, match="neighbours"):
        metrics.density_and_coverage(np.zeros((3, 2)), np.zeros((3, 2)), neighbours=3)
