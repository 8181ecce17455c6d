"""Representation maps: how a hidden state moves when one token's embedding does."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from riemlearn.transformer.bert import Encoder


class Representation(eqx.Module):
    r"""The map :math:`c \in R^k \mapsto h(e + \sum_i c_i v_i)`, a hidden state as one token is moved.

    Here e is the token's embedding and the v_i are the directions.

    A pytree whose leaves are the weights, the embeddings and the directions; ``jax.jit``, ``vmap`` and every
    derivative apply. At ``c = 0`` it takes the value of the unchanged text.

    Attributes
    ----------
    encoder : Encoder
        The model up to the layer that is read.
    embeddings : array (T, d)
        Token embeddings of the text.
    directions : array (k, d)
        Orthonormal rows v_i.
    here : array (T,)
        1 at the token that moves and 0 elsewhere.
    own : bool
        Whether the value is that token's state (d,), or those of all tokens, flattened (T d,).
    """

    encoder: Encoder
    embeddings: Float[Array, "t d"]
    directions: Float[Array, "k d"]
    here: Float[Array, " t"]
    own: bool = eqx.field(static=True)

    @property
    def dim(self) -> int:
        """Number k of directions."""
        return self.directions.shape[0]

    def __repr__(self) -> str:
        output = "own" if self.own else "all"
        layer, tokens = len(self.encoder.blocks), self.embeddings.shape[0]
        return f"Representation(dim={self.dim}, layer={layer}, tokens={tokens}, output={output!r})"

    def __call__(self, c: Float[Array, " k"]) -> Float[Array, " m"]:
        """Value at the coordinates ``c``."""
        states = self.hidden_states(c)[-1]
        return self.own_states(states) if self.own else states.reshape(-1)

    def hidden_states(self, c: Float[Array, " k"], mask: Bool[Array, " t"] | None = None) -> Float[Array, "l t d"]:
        """All hidden states up to the layer that is read."""
        # products and no scatter: every transformation of JAX has rules for them
        moved = self.embeddings + self.here[:, None] * (c @ self.directions)
        return self.encoder.hidden_states(moved, mask)

    def own_states(self, states: Float[Array, "*l t d"]) -> Float[Array, "*l d"]:
        """Of the states of all tokens, those of the token that moves."""
        return jnp.sum(self.here[:, None] * states, axis=-2)
