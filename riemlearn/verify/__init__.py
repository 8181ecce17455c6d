"""Commuting squares over the catalogue of manifolds, and the oracles that judge them."""
