"""MiniLM: forward pass, one directional derivative, one second directional derivative, the 2-jet of a slice.

PyTorch's side is measured in its own environment by transformer_torch.py.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

import riemlearn as rl
from benchmarks.timing import interleaved
from riemlearn.errors import CheckpointError
from riemlearn.jets import jet2

TOKENS = 17
TARGETS = {"one second directional derivative": "<= 4 forwards"}


def cases(dtype: str) -> dict[str, Callable[[], jax.Array]]:
    """What is timed, compiled."""
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

    forward_, first_, second_, jet_ = map(jax.jit, (forward, first, second, jet))
    zero = jnp.zeros(4, embeddings.dtype)
    return {
        "forward": lambda: forward_(rep.encoder, embeddings),
        "one directional derivative": lambda: first_(rep.encoder, embeddings),
        "one second directional derivative": lambda: second_(rep.encoder, embeddings),
        "2-jet of all layers along 4 directions": lambda: jet_(rep, zero),
    }


def run() -> list[tuple[str, str, str]]:
    """Rows of what was measured: name, figure, target."""
    rows = []
    for dtype in ("float32", "float64"):
        try:
            times = interleaved(cases(dtype), repeats=60)
        except CheckpointError as error:
            return [("MiniLM", f"not measured: {error}", "")]
        for name, seconds in times.items():
            ratio = "" if name == "forward" else f", {seconds / times['forward']:.1f} forwards"
            what = f"MiniLM, {TOKENS} tokens, batch 1, {dtype}: {name}"
            rows.append((what, f"{1e3 * seconds:.1f} ms{ratio}", TARGETS.get(name, "") if dtype == "float32" else ""))
    return rows
