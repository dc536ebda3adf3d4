"""Groups of tests: what shares something dear to make runs in one process."""

from __future__ import annotations

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="all tests run in this one process")
@pytest.mark.xdist_group("together")
def test_a_group_is_kept_in_one_process(request: pytest.FixtureRequest) -> None:
    """A pytest that pytest-xdist does not understand yet lets every process make everything again, in silence."""
    if not request.config.getoption("loadgroup"):
        pytest.skip("run without --dist loadgroup")

    assert request.node.nodeid.endswith("@together")
