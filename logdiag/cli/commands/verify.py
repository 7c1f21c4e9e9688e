"""`logdiag verify`: did the change work? Two diagnoses, their comparison, and an exit code that a script can use."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from logdiag.cli import answers, exits, options, paths
from logdiag.errors import InputError

if TYPE_CHECKING:
    from logdiag.pipeline.stages import Request
    from logdiag.results.diagnosis import Diagnosis
    from logdiag.results.verification import Verification

PAIR: Final = 2


def verify(  # noqa: PLR0913  one parameter an option
    changed: options.Changed = None,
    *,
    at: options.ChangedAt = None,
    zone: options.Zone = None,
    rules_files: options.RulesFiles = None,
    limit: options.LimitTexts = None,
    side: options.Sides = None,
    client_key: options.ClientKey = None,
    answer_format: options.AnswerForm = None,
    output: options.Output = None,
    lang: options.Lang = None,
    no_color: options.NoColor = False,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    config: options.Config = None,  # read by ConfiguredCommand
    no_config: options.NoConfig = False,
) -> exits.ExitCode:
    """Compare the logs before and after a change, and say whether it worked and how sure that is."""
    del no_color  # settled before any command runs (streams.settle)
    from logdiag.limits import parse_limits
    from logdiag.renderers.verify import VerifyAnswer
    from logdiag.request import Request, parse_sides

    named = paths.require_paths(changed, "verify")
    if at is None and len(named) != PAIR:
        raise InputError("input.verify_needs_two", count=len(named))
    sets = (named,) if at is not None else ((named[0],), (named[1],))
    asked = Request(
        paths=(),
        zone=zone,
        rules_files=tuple(rules_files or ()),
        sides=parse_sides(side or ()),
        client_key=client_key or None,
        limits=parse_limits(limit or ()),
    )
    requests = [replace(asked, paths=some) for some in sets]
    delivery = answers.settle(answer_format, output, lang, is_paged=not no_pager, quiet=quiet)
    verification = compare(requests, at, delivery, quiet=quiet)
    answers.deliver(VerifyAnswer(verification), zone or "UTC", delivery)
    return CODES[verification.outcome.value]


CODES: Final = {
    "fixed": exits.ExitCode.OK,
    "improved": exits.ExitCode.OK,
    "same": exits.ExitCode.FINDINGS,
    "worse": exits.ExitCode.FINDINGS,
    "not-enough-data": exits.ExitCode.INCONCLUSIVE,
}


def compare(requests: list[Request], at: str | None, delivery: answers.Delivery, *, quiet: bool) -> Verification:
    """Diagnose what lies before and after, and compare. Raises LogdiagError."""
    from logdiag.analyzers.before_and_after import compare as compare_diagnoses
    from logdiag.cli import notes

    if at is None:
        parts = tuple(requests)
    else:
        (request,) = requests
        parts = (replace(request, until=at), replace(request, since=at), request)
    diagnoses = [_diagnose(part, delivery, quiet=quiet) for part in parts]
    if not quiet:
        notes.say_unknown_names(requests[0], diagnoses, delivery.lang)
    return compare_diagnoses(*diagnoses)


def _diagnose(request: Request, delivery: answers.Delivery, *, quiet: bool) -> Diagnosis:
    with answers.open_analysis(request, delivery, quiet=quiet) as analysis:
        return analysis.diagnosis
