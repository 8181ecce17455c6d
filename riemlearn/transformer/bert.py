r"""The forward pass of a BERT encoder, in elementary operations so that every derivative is right.

One block maps the hidden states h (T, d) of T tokens to

.. math:: a = \mathrm{LN}_1(h + \mathrm{Attention}(h)), \qquad h' = \mathrm{LN}_2(a + W_2\,\phi(W_1 a)),

with multi-head softmax attention and activation phi (Devlin et al., "BERT", NAACL 2019; Vaswani et al.,
"Attention is all you need", NeurIPS 2017, equation 1).  Hidden state 0 is the embedding LayerNorm's output,
hidden state L the last block's.
"""

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def gelu(x: Array) -> Array:
    """Gaussian error linear unit x Phi(x), Phi the normal distribution function."""
    return 0.5 * x * (1.0 + jax.lax.erf(x * math.sqrt(0.5)))


def gelu_tanh(x: Array) -> Array:
    """Approximate :func:`gelu` by a tanh."""
    return 0.5 * x * (1.0 + jnp.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


def relu(x: Array) -> Array:
    """Take the positive part."""
    return jnp.maximum(x, 0.0)


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "gelu": gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": relu,
}


class LayerNorm(eqx.Module):
    r"""Layer normalisation :math:`b + w \odot (x - \bar x) / \sqrt{\mathrm{var}(x) + \epsilon}`."""

    weight: Float[Array, " d"]
    bias: Float[Array, " d"]
    eps: float = eqx.field(static=True)

    def __call__(self, x: Float[Array, "t d"]) -> Float[Array, "t d"]:
        """Normalise each row."""
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred * centred).mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt(variance + self.eps) * self.weight + self.bias


class Linear(eqx.Module):
    """An affine map of rows, ``x @ weight + bias``."""

    weight: Float[Array, "m n"]
    bias: Float[Array, " n"]

    def __call__(self, x: Float[Array, "t m"]) -> Float[Array, "t n"]:
        """Map each row."""
        return x @ self.weight + self.bias


class Block(eqx.Module):
    """Self-attention and a two-layer perceptron, each followed by a LayerNorm of its sum with its input.

    Query, key and value maps are one matrix, and the factor 1/sqrt(d/heads) of the scores is part of the
    queries' share.
    """

    qkv: Linear
    out: Linear
    attention_norm: LayerNorm
    up: Linear
    down: Linear
    norm: LayerNorm
    heads: int = eqx.field(static=True)
    activation: str = eqx.field(static=True)

    def __call__(self, h: Float[Array, "t d"], mask: Bool[Array, " t"] | None) -> Float[Array, "t d"]:
        """One block; keys where ``mask`` is False are not attended to."""
        h = self.attention_norm(h + self.out(self.attention(h, mask)))
        return self.norm(h + self.down(ACTIVATIONS[self.activation](self.up(h))))

    def attention(self, h: Float[Array, "t d"], mask: Bool[Array, " t"] | None) -> Float[Array, "t d"]:
        """Multi-head softmax attention, before its output map."""
        t, d = h.shape
        q, k, v = self.qkv(h).reshape(t, 3, self.heads, d // self.heads).transpose(1, 2, 0, 3)
        scores: Array = q @ k.swapaxes(-1, -2)
        if mask is not None:
            scores = jnp.where(mask, scores, -jnp.inf)
        weights = jnp.exp(scores - jax.lax.stop_gradient(scores.max(-1, keepdims=True)))
        weights = weights / weights.sum(-1, keepdims=True)
        return (weights @ v).transpose(1, 0, 2).reshape(t, d)


class Encoder(eqx.Module):
    """A BERT between its token embeddings and its hidden states; a pytree of weights."""

    positions: Float[Array, "p d"]
    norm: LayerNorm
    blocks: tuple[Block, ...]

    @property
    def depth(self) -> int:
        """Number L of blocks; there are L + 1 hidden states."""
        return len(self.blocks)

    @property
    def width(self) -> int:
        """Dimension d of a hidden state."""
        return self.positions.shape[1]

    def norm_of(self, layer: int) -> LayerNorm:
        """Return the LayerNorm whose output is hidden state ``layer``."""
        return self.norm if layer == 0 else self.blocks[layer - 1].norm

    def truncated(self, layer: int) -> "Encoder":
        """Return the encoder that stops at hidden state ``layer``."""
        return Encoder(self.positions, self.norm, self.blocks[:layer])

    def hidden_states(
        self, embeddings: Float[Array, "t d"], mask: Bool[Array, " t"] | None = None
    ) -> Float[Array, "l t d"]:
        """All hidden states of one text.

        Parameters
        ----------
        embeddings : array (T, d)
            Rows of the vocabulary's embedding matrix, without position and type embeddings.
        mask : bool array (T,), optional
            False where a token is only padding; the other tokens' states do not depend on those.

        Returns
        -------
        array (L+1, T, d)
            Layer 0 is what enters block 1 (after the embedding LayerNorm), layer L the last block's output.
        """
        states = [self.norm(embeddings + self.positions[: embeddings.shape[0]])]
        for block in self.blocks:
            states.append(block(states[-1], mask))
        return jnp.stack(states)
