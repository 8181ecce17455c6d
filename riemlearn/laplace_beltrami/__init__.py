"""The Laplace-Beltrami operator."""

from riemlearn.laplace_beltrami.operator import LaplaceBeltrami as LaplaceBeltrami
