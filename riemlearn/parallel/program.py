"""A computation compiled for chunks of one size, and which size a budget of memory allows."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Bool

from riemlearn.errors import BudgetError, ShapeError

_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}

# What a device is given where no budget is named.  On a processor chunks that leave its caches are slower, not faster.
_USUAL = {"cpu": 32_000_000}
_USUAL_ELSEWHERE = 1_000_000_000

_PROBE = 64


class Program(NamedTuple):
    """A computation compiled for chunks of one size.

    Attributes
    ----------
    start : callable
        From the points of a chunk, ``(size, n)``, to the leaves of the result and whether a point has a NaN among
        them; it does not wait for them.
    size : int
        Points in a chunk, a multiple of the number of devices.
    memory : int
        Bytes that each device needs: arguments, temporaries, and the results of two chunks, for one is
        fetched while the next is computed.
    """

    start: Callable[[np.ndarray], tuple[list[Array], Array]]
    size: int
    memory: int


def as_bytes(budget: Any, mesh: Mesh) -> int:
    """A budget as a number of bytes.

    Raises
    ------
    ShapeError
        If it is neither a positive number nor a text such as ``"500 MB"``.
    """
    if budget is None:
        return _USUAL.get(mesh.devices.flat[0].platform, _USUAL_ELSEWHERE)
    if isinstance(budget, str) and (found := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kKMG]?i?B)\s*", budget)):
        count = float(found[1]) * _UNITS.get(found[2], 0)
    else:
        count = budget if isinstance(budget, int | float) and not isinstance(budget, bool) else 0
    if 1 <= count < float("inf"):
        return int(count)
    raise ShapeError(f"budget must be a number of bytes >= 1 or a text such as '500 MB' or '2 GiB', got {budget!r}")


def check_mesh(mesh: Any) -> Mesh:
    """The mesh that is given, or one of the default device alone.

    Raises
    ------
    ShapeError
        If it is no mesh, or has devices of another process.
    """
    if mesh is None:
        return Mesh(np.array(list(jnp.zeros(()).devices())), ("points",))
    if not isinstance(mesh, Mesh):
        raise ShapeError(f"mesh must be a jax.sharding.Mesh, got {type(mesh).__name__}")
    others = {device.process_index for device in mesh.devices.flat} - {jax.process_index()}
    if others:
        raise ShapeError(
            f"mesh has devices of the processes {sorted(others)}; make it of jax.local_devices(), and call "
            "riemlearn.parallel.distributed in each process"
        )
    return mesh


def compiled(compute: Any, size: int, n: int, dtype: Any, mesh: Mesh) -> Program:
    """Compile a computation for chunks of ``size`` points of ``n`` numbers, spread over the devices of a mesh.

    Each device computes the values at its own points, as if there were no others: nothing goes between them.

    Raises
    ------
    ShapeError
        If the values have not the points as their first axis.
    """
    arrays, rest = eqx.partition(compute, eqx.is_array)  # weights are arguments: as constants they would be folded

    def step(arrays: Any, x: Array) -> tuple[list[Array], Array]:
        leaves = jax.tree.leaves(eqx.combine(arrays, rest)(x))
        return leaves, _has_nan(leaves, x.shape[0])

    everywhere, spread = PartitionSpec(), PartitionSpec(mesh.axis_names)
    mapped = jax.shard_map(step, mesh=mesh, in_specs=(everywhere, spread), out_specs=spread, check_vma=False)
    points = jax.ShapeDtypeStruct((size, n), dtype, sharding=NamedSharding(mesh, spread))
    arrays = jax.device_put(arrays, NamedSharding(mesh, everywhere))
    program = jax.jit(mapped).lower(arrays, points).compile()
    used: Any = program.memory_analysis()
    memory = used.argument_size_in_bytes + used.temp_size_in_bytes + 2 * used.output_size_in_bytes
    return Program(lambda x: program(arrays, jax.device_put(x, points.sharding)), size, int(memory))


def _has_nan(leaves: list[Array], count: int) -> Bool[Array, " points"]:
    found = jnp.zeros(count, bool)
    for leaf in leaves:
        if jnp.issubdtype(leaf.dtype, jnp.inexact):
            found |= jnp.any(jnp.isnan(leaf).reshape(count, -1), axis=1)
    return found


def fitting(compile_for: Callable[[int], Program], total: int, devices: int, budget: int) -> Program:
    """The program of the fewest chunks that the budget allows, all of about one size; two compilations mostly.

    Raises
    ------
    BudgetError
        If not even one point for each device fits.
    """

    def even(most: int) -> int:
        count = -(-total // max(most, devices))
        return -(-total // (count * devices)) * devices

    program = first = compile_for(even(_PROBE * devices))
    size = even(first.size * budget // first.memory)
    if size > first.size or first.memory > budget:
        program = compile_for(size)
    if first.size < program.size < total and program.memory <= budget:
        # what does not grow with the points, such as weights, was counted for each of them
        slope = max((program.memory - first.memory) // (program.size - first.size), 1)
        size = even(program.size + (budget - program.memory) // slope)
        if size >= 2 * program.size:
            larger = compile_for(size)
            program = larger if larger.memory <= budget else program
    while program.memory > budget and program.size > devices:
        fewer = min(program.size * budget // program.memory, program.size // 2)
        program = compile_for(max(fewer // devices, 1) * devices)
    return within(program, devices, budget)


def within(program: Program, devices: int, budget: int) -> Program:
    """The program, if the budget allows it.

    Raises
    ------
    BudgetError
        If it does not.
    """
    if program.memory <= budget:
        return program
    each = program.size // devices
    points = "one point" if each == 1 else f"the {each} points of a chunk"
    raise BudgetError(
        f"{points} on one device take {program.memory} bytes, and the budget is {budget}; give more memory, or ask "
        "for less at each point"
    )
