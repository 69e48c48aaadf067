# By the singular values of the product of both roots.
# marks: 4 of 4
def frechet_distance(features_1, features_2):
    shift = features_1.mean(axis=0) - features_2.mean(axis=0)
    covariance_1 = np.cov(features_1, rowvar=False)
    covariance_2 = np.cov(features_2, rowvar=False)

    def root(matrix):
        values, vectors = np.linalg.eigh(matrix)
        return vectors @ np.diag(np.sqrt(values.clip(0))) @ vectors.T

    shared = np.linalg.svd(root(covariance_1) @ root(covariance_2), compute_uv=False)
    spread = np.trace(covariance_1) + np.trace(covariance_2) - 2 * shared.sum()
    return np.square(shift).sum() + spread
