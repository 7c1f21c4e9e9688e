"""For whose account a push is: several share one process, and number their messages alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from logdiag.deferred import compile_later
from logdiag.results.pushes import Push

ACCOUNT: Final = compile_later(
    r"(?i)(?:(?<![a-z])(?:account|acct|tenant|shop|user)[ _-]?(?:id)?|账[号户]|用户)\W{1,4}"
    r"(?P<named>[\w.@-]*\d[\w.@-]*)"
    r"|^\W*\[(?P<front>[\w.@-]*\d[\w.@-]*)\]"
)  # "(account: acc-98296c87)", "[acc-98296c87] Pushing 2 items"
OF_SERVICE: Final = compile_later(r"(?<=[:/#@])[A-Za-z][\w-]*\d[\w-]*$")  # douyin-data:acc-98296c87


def find_accounts(message: str, service: str, message_id: str | None = None) -> frozenset[str]:
    """The accounts that a line names, or its service; the id of the message is none.

    >>> sorted(find_accounts("[acc-1] Pushing 2 items to Master", "data-pusher"))
    ['acc-1']
    """
    found = {name for match in ACCOUNT.finditer(message) for name in match.groups() if name}
    found.update(OF_SERVICE.findall(service))
    return frozenset(found - {message_id})


def are_of_one(push: Push, other: Push) -> bool:
    """Whether two pushes of one message id are of the same message: of one connection, or of one account.

    Of one connection they are, unless each names accounts, and none that the other names.
    """
    if push.accounts and other.accounts:
        return not set(push.accounts).isdisjoint(other.accounts)
    return push.connection == other.connection


def part_messages(pushes: Iterable[Push]) -> list[list[Push]]:
    """The pushes of one message id, those of each message by themselves, the message first that was pushed first."""
    groups: list[list[Push]] = []
    for push in pushes:
        mine = [group for group in groups if any(are_of_one(push, other) for other in group)]
        groups = [group for group in groups if group not in mine] + [[*(one for group in mine for one in group), push]]
    return sorted(groups, key=lambda group: group[0].time)
