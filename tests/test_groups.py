"""The groups of pytest-xdist hold: what is costly to set up is set up once."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("probe")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process has no groups")
def test_groups_reach_the_scheduler(request: pytest.FixtureRequest) -> None:
    """The scheduler reads a test's group off its id."""
    if request.config.getoption("dist", "no") == "loadgroup" or request.config.getoption("loadgroup", False):
        assert request.node.nodeid.endswith("@probe")
