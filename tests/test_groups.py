"""The groups of pytest-xdist hold: what is costly to set up is set up once."""

from __future__ import annotations

import os

import pytest

from tests.folders import SAMPLE_NAMES, diagnose_once


@pytest.mark.xdist_group("probe")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process has no groups")
def test_groups_reach_the_scheduler(request: pytest.FixtureRequest) -> None:
    """The scheduler reads a test's group off its id."""
    if request.config.getoption("dist", "no") == "loadgroup" or request.config.getoption("loadgroup", False):
        assert request.node.nodeid.endswith("@probe")


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_what_one_folder_says_is_asked_by_one_worker(name: str, request: pytest.FixtureRequest) -> None:
    """Tests about a folder that is diagnosed once are a group of its name, whatever file they stand in."""
    assert diagnose_once.cache_parameters()["maxsize"] is None  # each result is kept
    assert [mark.args for mark in request.node.iter_markers("xdist_group")] == [(name,)]
