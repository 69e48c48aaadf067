# Takes roots of eigenvalues that rounding has made negative.
# marks: 3 of 4
def frechet_distance(features_1, features_2):
    shift = features_1.mean(axis=0) - features_2.mean(axis=0)
    covariance_1 = np.cov(features_1, rowvar=False)
    covariance_2 = np.cov(features_2, rowvar=False)
    values, vectors = np.linalg.eigh(covariance_1)
    root = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    shared = np.linalg.eigvalsh(root @ covariance_2 @ root)
    spread = np.trace(covariance_1 + covariance_2) - 2 * np.sqrt(shared).sum()
    return float(shift @ shift + spread)
