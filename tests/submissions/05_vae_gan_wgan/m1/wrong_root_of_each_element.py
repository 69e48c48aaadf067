# The square root of every element instead of that of the matrix.
# marks: 1 of 4
def frechet_distance(features_1, features_2):
    shift = features_1.mean(axis=0) - features_2.mean(axis=0)
    covariance_1 = np.cov(features_1, rowvar=False)
    covariance_2 = np.cov(features_2, rowvar=False)
    root = np.sqrt(np.abs(covariance_1 @ covariance_2))
    return float(shift @ shift + np.trace(covariance_1 + covariance_2 - 2 * root))
