"""Time MiniLM: forward, one directional derivative, one second directional derivative, and a 2-jet of all layers.

python benchmarks/transformer.py

PyTorch's side is measured in its own environment by transformer_torch.py. The rounds are interleaved and the least time
of each counts, so that other work on the machine does as little harm as it can.
"""

import os
import platform
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp

import riemlearn as rl
from riemlearn.jets import jet2

TOKENS = 17
ROUNDS = 60
MACHINE = f"{platform.node()}, {platform.machine()}, {os.cpu_count()} cores"


def cases(dtype: str) -> dict[str, Callable[[], jax.Array]]:
    model = rl.transformer.load("minilm", dtype=dtype)
    text = "the bank by the river " * 3  # 15 words and two special tokens
    rep = model.representation(text, model.depth, 3, rl.transformer.vocabulary_directions(4))
    embeddings = rep.embeddings
    assert embeddings.shape == (TOKENS, model.width)
    u = jax.random.normal(jax.random.key(0), embeddings.shape, embeddings.dtype)

    def forward(encoder, x):
        return encoder.hidden_states(x)

    def first(encoder, x):
        return jax.jvp(lambda y: forward(encoder, y), (x,), (u,))[1]

    def second(encoder, x):
        return jax.jvp(lambda y: first(encoder, y), (x,), (u,))[1]

    def jet(rep, c):
        return jet2(lambda y: rep.own_states(rep.hidden_states(y)), c).second

    compiled = {f.__name__: jax.jit(f) for f in (forward, first, second, jet)}
    zero = jnp.zeros(4, embeddings.dtype)
    return {
        "forward": lambda: compiled["forward"](rep.encoder, embeddings),
        "jvp": lambda: compiled["first"](rep.encoder, embeddings),
        "jvp of jvp": lambda: compiled["second"](rep.encoder, embeddings),
        "2-jet, k = 4": lambda: compiled["jet"](rep, zero),
    }


def least_times(runs: dict[str, Callable[[], jax.Array]]) -> dict[str, float]:
    best = {}
    for run in runs.values():
        run().block_until_ready()
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run().block_until_ready()
            best[name] = min(best.get(name, float("inf")), time.perf_counter() - start)
    return best


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    print(f"{MACHINE}, jax {jax.__version__}; MiniLM, {TOKENS} tokens, batch 1; least of {ROUNDS} interleaved rounds")
    print(f"{'':14}{'float32':>12}{'forwards':>10}{'float64':>12}{'forwards':>10}")
    single, double = (least_times(cases(dtype)) for dtype in ("float32", "float64"))
    for name in single:
        columns = (f"{1e3 * t[name]:9.2f} ms{t[name] / t['forward']:10.2f}" for t in (single, double))
        print(f"{name:14}{''.join(columns)}")


if __name__ == "__main__":
    main()
