"""Containers that a platform starts again and again."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request

LINE = (
    "E0120 11:42:{n:02}.676000    9 pod_workers.go:965] Error syncing pod, CrashLoopBackOff: back-off 40s restarting "
    "failed container={name} pod={name}-8647c64fdd-ljjwk_system(8c1f)"
)


def test_containers_that_never_stay_up_are_named(tmp_path: Path) -> None:
    """What a rule understands is seen in the report; one that failed once is left out."""
    names = ["agent"] * 5 + ["metrics"] * 4 + ["web"]
    (tmp_path / "kubelet.log").write_text("".join(f"{LINE.format(n=n, name=name)}\n" for n, name in enumerate(names)))
    diagnosis = diagnose(Request((str(tmp_path),))).diagnosis
    (found,) = (one for one in diagnosis.findings if one.id == "crash-loops")
    assert found.numbers == {
        "count": 9,
        "containers_count": 2,
        "name": "agent-8647c64fdd-ljjwk",
        "named_count": 5,
        "second": "metrics-8647c64fdd-ljjwk",
        "second_count": 4,
    }
