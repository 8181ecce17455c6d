"""What each check means, and what to look at when it fails: the one list of all checks."""

SENTENCES: dict[str, tuple[str, str]] = {
    # -- metric
    "shape": ("g(x) is an n x n matrix, n the dimension", "return shape (n, n) for one point of shape (n,)"),
    "finite": ("the components of g are finite", "look for a division by zero or a logarithm, or narrow the domain"),
    "symmetric": ("g equals its transpose", "compare the entries g[i, j] and g[j, i]"),
    "signature": (
        "every eigenvalue of g has the sign that was declared",
        "look for a wrong sign or a factor that vanishes, or declare signature='lorentzian'",
    ),
    "volume density": ("the density is the root of |det g|", "look at volume_density of the metric"),
    "metric compatibility": (
        "the connection keeps the metric: nabla g = 0, with differences of g",
        "look at the Christoffel symbols, and whether g is smooth and its JAX derivatives are right",
    ),
    "torsion": ("the Christoffel symbols are symmetric in their lower indices", "look at the order of their indices"),
    "definition of curvature": (
        "the Riemann tensor is that of the Christoffel symbols, by differences",
        "look at sign and index order of Riemann (R^i_jkl, conventions), and whether g is smooth",
    ),
    "Riemann symmetries": (
        "R_ijkl changes sign within each pair, and keeps its value when pairs are exchanged",
        "look at the order of the indices of Riemann",
    ),
    "first Bianchi": ("R_ijkl + R_iklj + R_iljk = 0", "look at the order of the indices of Riemann"),
    "second Bianchi": (
        "the cyclic sum of nabla_m R_ijkl vanishes, by differences",
        "look at Riemann away from single points: it is no curvature of one connection, or not smooth",
    ),
    "contracted Bianchi": (
        "div Ric = d scal / 2, by differences",
        "look at the traces that make Ricci and the scalar curvature",
    ),
    "traces of curvature": ("Ric_jl = R^i_jil and scal = g^jl Ric_jl", "look at which indices of Riemann are traced"),
    "closed form": (
        "Christoffel symbols and Riemann from the closed form are those of automatic differentiation",
        "look at the closed form: an expression that is wrong on part of the chart (a root, an absolute value)",
    ),
    # -- embedding
    "isometry": (
        "J^T J = g for the Jacobian J of the embedding",
        "compare J^T J with g entry by entry: a wrong radius gives a factor, a wrong coordinate one row",
    ),
    "Gauss equation": (
        "R_ijkl of the metric is <II_ik, II_jl> - <II_il, II_jk> of the embedding",
        "look at the embedding first: it does not induce this metric",
    ),
    "Codazzi equation": (
        "the normal derivative of II is symmetric in all indices, with the Christoffel symbols of the metric",
        "look at the embedding first: it does not induce this metric, or is not smooth",
    ),
    # -- manifold
    "points": ("the points to check lie in the chart", "look at the domain of the chart, or give other points"),
    "patch": ("the patch is a box inside the chart", "look at its corners and at the domain of each coordinate"),
    "samples": (
        "sample(key, count) gives count finite points of the chart",
        "look at the domain of each coordinate and at the range of the sampler",
    ),
    "uniform samples": (
        "samples are uniform in volume: means of a function agree with the integral, in standard errors",
        "look at the density of the sampler: it must be the volume density, in these coordinates",
    ),
    "published curvature": (
        "the curvature that the manifold states is that of its metric",
        "look at the sign and at the power of the radius",
    ),
    "volume": (
        "the volume that the manifold states is the integral of the density over the chart",
        "look at powers of the radius, and whether the chart covers the manifold once",
    ),
    "Gauss-Bonnet": (
        "the integral of K dA over 2 pi is the Euler characteristic, an integer",
        "look at the domain of the chart: it does not cover the surface once; then at the metric",
    ),
    "self-adjoint": (
        "int f Delta h = int h Delta f = -int <df, dh>",
        "look at the Laplacian (a sign, a missing derivative of the density) and at the density",
    ),
    # -- distance, exp, log
    "distance symmetric": ("d(x, y) = d(y, x)", "look at where x and y enter"),
    "distance zero": (
        "d(x, x) = 0, and d(x, y) > 0 otherwise",
        "look for cancellation, or for a formula that does not see all coordinates",
    ),
    "distance periodic": (
        "d(x, x') = 0 where x' is x a period further",
        "take differences of periodic coordinates modulo the period",
    ),
    "triangle inequality": (
        "d(x, z) <= d(x, y) + d(y, z)",
        "look whether the square was returned, or a period or a branch is missed",
    ),
    "eikonal": (
        "|grad d(x, .)| = 1 in the metric",
        "look at factors: the distance belongs to another metric (a radius, a chord for an arc)",
    ),
    "log of exp": ("log_x(exp_x(v)) = v", "look at both: they do not invert each other"),
    "exp of log": ("exp_x(log_x(y)) = y", "look at both: they do not invert each other"),
    "length of log": ("|log_x(y)| = d(x, y)", "look whether log is normalised, or given in another basis"),
    "geodesic equation": (
        "t -> exp_x(t v) solves the geodesic equation and starts with velocity v",
        "look whether exp follows geodesics of this metric, and whether v is in coordinates",
    ),
    # -- spectrum and heat
    "levels": ("the lowest eigenvalue of a closed manifold is 0, and simple", "look at the first level"),
    "Weyl's law": (
        "(4 pi t)^(n/2) sum m_k exp(-lambda_k t) tends to the volume for small t",
        "look at multiplicities, at missing levels, and at powers of the radius in levels and volume",
    ),
    "heat trace": (
        "sum m_k exp(-lambda_k t) = int K_t(x, x) dvol",
        "look at multiplicities and at the scale of the eigenvalues, then at the kernel",
    ),
    "heat symmetry": ("K_t(x, y) = K_t(y, x)", "look at where x and y enter"),
    "heat positivity": ("K_t(x, y) > 0", "look at the truncation of a series"),
    "heat equation": (
        "d_t K = Delta K, by differences of log K",
        "look at the scale of time (there is no factor 1/2) and of distance",
    ),
    "heat mass": (
        "int K_t(x, .) dvol = 1",
        "look at the factor of the kernel: its power of t, its power of the radius",
    ),
    "semigroup": ("int K_s(x, z) K_t(z, y) dvol(z) = K_{s+t}(x, y)", "look at the factor and at the scale of time"),
}
