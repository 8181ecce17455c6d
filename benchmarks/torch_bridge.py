"""A PyTorch module as a map of JAX through torchax: derivatives and curvature against the same network written in JAX.

The second derivatives that PyTorch itself computes are compared too.  Run it in an environment of its own:

    python3 -m venv ENVIRONMENT
    ENVIRONMENT/bin/python -m pip install torch==2.13.0 torchax==0.0.13 .
    ENVIRONMENT/bin/python benchmarks/torch_bridge.py
"""

import contextlib
import importlib.metadata
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import torch
from torch._ops import OpOverloadPacket

import riemlearn as rl
from riemlearn.jets import jet2, unpack

jax.config.update("jax_enable_x64", True)
WIDTHS = (4, 32, 32, 16)
EPSILON = 1e-5  # of torch.nn.LayerNorm
POINTS = 16


@contextlib.contextmanager
def named_overloads() -> Iterator[None]:
    """Let torchax 0.0.13 name operators on named tensors, which PyTorch 2.13 no longer has, while it is imported."""
    lookup = OpOverloadPacket.__getattr__

    def found(packet: OpOverloadPacket, key: str) -> Any:
        try:
            return lookup(packet, key)
        except AttributeError:
            if "name" not in key.lower():
                raise
            return getattr(packet, packet.overloads()[0])

    OpOverloadPacket.__getattr__ = found
    try:
        yield
    finally:
        OpOverloadPacket.__getattr__ = lookup


with named_overloads():
    import torchax  # pyright: ignore[reportMissingImports]

    torchax.default_env()


class FromTorch(eqx.Module):
    """A PyTorch module as a map of JAX; its parameters are leaves, so curvature has gradients with respect to them."""

    states: dict[str, jax.Array]
    function: Callable[..., Any] = eqx.field(static=True)

    def __init__(self, module: torch.nn.Module):
        self.states, self.function = torchax.extract_jax(module.eval())

    def __call__(self, x: jax.Array) -> jax.Array:
        """The module's value at a point."""
        return self.function(self.states, (x,))


class WrittenOut(torch.nn.Module):
    """LayerNorm from elementary operations, for PyTorch's own derivatives."""

    def __init__(self, norm: torch.nn.LayerNorm):
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The normalised vector."""
        centred = x - x.mean()
        return centred * torch.rsqrt((centred * centred).mean() + EPSILON) * self.weight + self.bias


def network() -> torch.nn.Sequential:
    """Linear, LayerNorm and GELU, float64, with weights from NumPy's generator."""
    layers: list[torch.nn.Module] = []
    for i, o in pairwise(WIDTHS[:-1]):
        layers += [torch.nn.Linear(i, o), torch.nn.LayerNorm(o, eps=EPSILON), torch.nn.GELU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(*WIDTHS[-2:])).double()
    generator = np.random.default_rng(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = generator.normal(size=tuple(parameter.shape)) / (parameter.shape[-1] ** 0.5)
            shift = 1.0 if parameter.ndim == 1 and name.endswith("weight") else 0.0
            parameter.copy_(torch.from_numpy(values + shift))
    return model


def in_jax(model: torch.nn.Sequential) -> Callable[[jax.Array], jax.Array]:
    """The same network, every operation of it JAX."""
    weights = {name: jnp.asarray(value.detach().numpy()) for name, value in model.named_parameters()}

    def f(x: jax.Array) -> jax.Array:
        for index, layer in enumerate(model):
            if isinstance(layer, torch.nn.Linear):
                x = weights[f"{index}.weight"] @ x + weights[f"{index}.bias"]
            elif isinstance(layer, torch.nn.LayerNorm):
                centred = x - jnp.mean(x)
                x = centred * jax.lax.rsqrt(jnp.mean(centred**2) + EPSILON)
                x = x * weights[f"{index}.weight"] + weights[f"{index}.bias"]
            else:
                x = jax.nn.gelu(x, approximate=False)
        return x

    return f


def jets(f: Callable[[jax.Array], jax.Array], x: jax.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value, first and second derivatives at each point, the second as ``(batch, d, n, n)``."""
    found = jax.jit(jax.vmap(lambda y: jet2(f, y)))(x)
    second = jax.vmap(lambda packed: unpack(packed, WIDTHS[0]))(found.second)
    return np.asarray(found.value), np.asarray(found.first), np.moveaxis(np.asarray(second), -1, 1)


def relative(found: Any, expected: Any) -> str:
    """Largest difference, relative to the largest entry."""
    found, expected = np.asarray(found), np.asarray(expected)
    return f"{np.max(np.abs(found - expected)) / np.max(np.abs(expected)):.1e}"


def by_torch(model: torch.nn.Module, outer: str, inner: str, x: np.ndarray) -> np.ndarray:
    """Second derivatives by two of PyTorch's own transformations."""
    transform = {"jacfwd": torch.func.jacfwd, "jacrev": torch.func.jacrev}
    second = transform[outer](transform[inner](model))
    return np.stack([second(torch.from_numpy(point)).detach().numpy() for point in x])


def scalar_curvature(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """By the Gauss equation, from first derivatives ``(batch, d, n)`` and second ones ``(batch, d, n, n)``."""
    q, r = np.linalg.qr(first)
    e = np.linalg.inv(r)
    along = np.einsum("bdij,bik,bjl->bdkl", second, e, e)
    normal = along - np.einsum("bda,bea,bekl->bdkl", q, q, along)
    return np.sum(np.einsum("bdkk->bd", normal) ** 2, axis=1) - np.sum(normal**2, axis=(1, 2, 3))


def main() -> None:
    """Compare, and print."""
    model = network()
    written = torch.nn.Sequential(*[WrittenOut(m) if isinstance(m, torch.nn.LayerNorm) else m for m in model])
    reference, bridge = in_jax(model), FromTorch(model)
    x = np.random.default_rng(1).normal(size=(POINTS, WIDTHS[0]))
    versions = {name: importlib.metadata.version(name) for name in ("torch", "torchax", "jax")}
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    print(f"network {' -> '.join(map(str, WIDTHS))} with LayerNorm and GELU, float64, {POINTS} points")
    print("largest relative difference from the same network written in JAX")
    expected, found = jets(reference, jnp.asarray(x)), jets(bridge, jnp.asarray(x))
    for what, a, b in zip(("value", "first derivatives", "second derivatives"), found, expected, strict=True):
        print(f"  through torchax, {what}: {relative(a, b)}")
    metrics = [rl.Metric.from_embedding(f, dim=WIDTHS[0]) for f in (bridge, reference)]
    curvatures = [jax.jit(lambda g, y: rl.Connection(g).scalar(y))(g, jnp.asarray(x)) for g in metrics]
    print(f"  through torchax, scalar curvature: {relative(*curvatures)}")
    slope = jax.grad(lambda g: jnp.mean(rl.Connection(g).scalar(jnp.asarray(x)) ** 2))(metrics[0])
    finite = all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(slope))
    print(f"  gradient of the mean squared curvature with respect to all parameters is finite: {finite}")
    first = np.stack([torch.func.jacfwd(model)(torch.from_numpy(p)).detach().numpy() for p in x])
    print("PyTorch's own derivatives")
    print(f"  jacfwd: {relative(np.swapaxes(first, 1, 2), expected[1])}")
    for name, m in (("LayerNorm", model), ("LayerNorm written out", written)):
        for outer, inner in product(("jacfwd", "jacrev"), repeat=2):
            second = by_torch(m, outer, inner, x)
            curvature = relative(scalar_curvature(first, second), curvatures[1])
            print(f"  {name}, {outer}({inner}): {relative(second, expected[2])}, scalar curvature {curvature}")


if __name__ == "__main__":
    main()
