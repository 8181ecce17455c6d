"""Heat kernels: closed forms on the model spaces, and sums over the eigenpairs of a spectrum."""

from riemlearn.heat_kernel.base import HasClosedHeatKernel as HasClosedHeatKernel
from riemlearn.heat_kernel.base import HeatKernel as HeatKernel
from riemlearn.heat_kernel.closed import Closed as Closed
from riemlearn.heat_kernel.method import HeatKernelReport as HeatKernelReport
from riemlearn.heat_kernel.method import Method as Method
from riemlearn.heat_kernel.product import ProductKernel as ProductKernel
from riemlearn.heat_kernel.spectral import Spectral as Spectral
