"""Several devices, several processes and a killed run give the numbers of one process that was left alone."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from riemlearn.parallel import chunked, distributed

SCRIPT = Path(__file__).with_name("script.py")


@pytest.fixture(scope="module")
def script():
    """The script as a module: what its processes compute."""
    spec = importlib.util.spec_from_file_location("script_of_processes", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def alone(script):
    """The values, computed here in one go."""
    return chunked(script.quantities, script.POINTS, budget="20 kB")


def start(*arguments, flags=""):
    environment = os.environ | {
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", "") + flags,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "JAX_PLATFORMS": "cpu",
    }
    return subprocess.Popen([sys.executable, SCRIPT, *map(str, arguments)], env=environment)


@pytest.fixture(scope="module")
def four_devices(tmp_path_factory):
    folder = tmp_path_factory.mktemp("devices")
    status = start("devices", folder, flags=" --xla_force_host_platform_device_count=4").wait(200)
    assert status == -signal.SIGKILL
    return folder


def assert_same(found, expected):
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("mesh", ["one", "two"])
def test_a_mesh_gives_the_numbers_of_one_device(mesh, four_devices, alone):
    with np.load(four_devices / f"{mesh}.npz", allow_pickle=False) as found:
        assert_same(found, alone)


def test_a_killed_run_goes_on_to_the_same_bytes(script, four_devices, alone):
    calls = []
    found = chunked(
        script.quantities,
        script.POINTS,
        budget="20 kB",
        checkpoint=four_devices / "killed",
        name="quantities",
        progress=lambda *done: calls.append(done),
    )
    total = len(script.POINTS)
    assert total / 3 < calls[0][0] < total  # it does not begin again
    assert calls[-1] == (total, total)
    assert {name: v.tobytes() for name, v in found.items()} == {name: v.tobytes() for name, v in alone.items()}


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    processes = [start("process", folder, number, port) for number in (0, 1)]
    try:
        assert [process.wait(200) for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
    return folder


def test_two_processes_give_the_numbers_of_one(script, two_processes, alone):
    for number in (0, 1):
        with np.load(two_processes / f"process-{number}.npz", allow_pickle=False) as found:
            assert_same(found, alone)
            calls = found["calls"].tolist()
        assert bool(calls) == (number == 0)
        if calls:  # its own part, which is half
            assert calls[-1] == [502, 502]


def test_each_process_keeps_its_part(two_processes):
    shapes = [
        np.load(two_processes / "parts" / f"process-{number}-of-2" / "values-1.npy", allow_pickle=False).shape
        for number in (0, 1)
    ]
    assert shapes == [(502,), (501,)]


def test_what_fails_in_one_process_fails_in_all(two_processes):
    first, second = ((two_processes / f"messages-{number}").read_text().splitlines() for number in (0, 1))
    assert first[0] == "NumericError: process 1 of 2 failed; its own message says why"
    assert second[0].startswith("ChartError: point 700 of 1003 (points with NaN: 1): scalar at x = (nan, nan): the")
    assert first[1] == second[1]
    assert first[1].startswith("ShapeError: the processes of distributed were given different points")
    assert first[2].startswith("ShapeError: mesh has devices of the processes [1]; make it of jax.local_devices()")
    assert second[2].startswith("ShapeError: mesh has devices of the processes [0]")
    assert first[3] == second[3]
    assert first[3].startswith("ShapeError: budget must be a number of bytes")


def test_one_process_alone(script, alone, tmp_path):
    found = distributed(script.quantities, script.POINTS, budget="20 kB", checkpoint=tmp_path / "here", name="q")
    assert {name: v.tobytes() for name, v in found.items()} == {name: v.tobytes() for name, v in alone.items()}
    assert (tmp_path / "here" / "manifest.json").exists()
