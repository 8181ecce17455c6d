"""The Laplace-Beltrami operator and its spectrum."""

from riemlearn.laplace_beltrami.levels import Levels as Levels
from riemlearn.laplace_beltrami.operator import LaplaceBeltrami as LaplaceBeltrami
from riemlearn.laplace_beltrami.spectrum import Spectrum as Spectrum
