"""Items in several processes: each once, none lost, and failures come out."""

import math
import os
import time
from multiprocessing import active_children, connection

import pytest

from riemlearn.errors import NumericError, ShapeError
from riemlearn.parallel import finished


def halved(n):
    if n == 13:
        raise ValueError("unlucky")
    return n / 2, os.getpid()


def die(n):
    os._exit(1)


def wait(seconds):
    time.sleep(seconds)
    return seconds


def test_this_process_goes_through_them_in_order():
    results = list(finished(halved, [4, 6]))
    assert results == [(0, (2.0, os.getpid())), (1, (3.0, os.getpid()))]


def test_other_processes_do_each_once():
    results = dict(finished(halved, range(5), processes=2))
    assert {i: half for i, (half, _) in results.items()} == {i: i / 2 for i in range(5)}
    assert os.getpid() not in {pid for _, pid in results.values()}


def test_what_is_finished_first_comes_first():
    assert [i for i, _ in finished(wait, [1.5, 0.0], processes=2)] == [1, 0]


def test_prepare_is_called_in_each_process():
    # a preparation that ends its process shows that it was called
    with pytest.raises(NumericError, match="a worker process died"):
        list(finished(halved, [1, 2], processes=2, prepare=exit_now))


def exit_now():
    os._exit(1)


def test_an_exception_comes_out():
    with pytest.raises(ValueError, match="unlucky"):
        list(finished(halved, [1, 13, 2], processes=2))
    with pytest.raises(ValueError, match="unlucky"):
        list(finished(halved, [13]))


def test_a_process_that_dies():
    with pytest.raises(NumericError, match="a worker process died, perhaps for want of memory; try fewer"):
        list(finished(die, [1, 2], processes=2))


@pytest.mark.parametrize("processes", [0, -1, 1.5, True, math.nan, "2"])
def test_a_number_of_processes(processes):
    with pytest.raises(ShapeError, match="processes must be a positive integer, got"):
        list(finished(halved, [1], processes))


def test_what_is_at_work_is_not_waited_for_when_the_rest_is_not_wanted():
    before = set(active_children())
    results = finished(wait, [0.0, 600.0], processes=2)
    assert next(results) == (0, 0.0)
    started = set(active_children()) - before
    results.close()
    assert started
    # not by is_alive, which a thread of the pool that reaps at the same moment may deceive
    assert all(connection.wait([process.sentinel], 60) for process in started)
