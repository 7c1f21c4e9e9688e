"""The logs replayed under retry policies, from an analysis of them."""

from __future__ import annotations

from collections.abc import Sequence

from logdiag.analyzers.replays import replay
from logdiag.pipeline.stages import Analysis, record
from logdiag.results.replay import Policy, Replay


def replay_policies(policies: Sequence[Policy], analysis: Analysis) -> Replay:
    """Play the recorded outages and pushes under each policy."""
    diagnosis = analysis.diagnosis
    recorded = record(
        analysis.extent, analysis.frame, analysis.sockets, analysis.ledger, diagnosis.causes, diagnosis.inputs.paths
    )
    return replay(recorded, policies)
