"""The logs replayed under retry policies, from an analysis of them."""

from __future__ import annotations

from collections.abc import Sequence

from logdiag.analyzers.replays.replays import replay
from logdiag.pipeline.describing import record
from logdiag.pipeline.stages import Analysis
from logdiag.results.replay import Policy, Replay


def replay_policies(policies: Sequence[Policy], analysis: Analysis) -> Replay:
    """Play the recorded outages and pushes under each policy."""
    return replay(record(analysis.judged), policies)
