"""For whose account a push is."""

from __future__ import annotations

from logdiag.analyzers.pushes.accounts import find_accounts
from tests.folding import each


@each(
    ("message", "service", "names"),
    [
        ("[acc-98296c87] Pushing 2 items to Master", "data-pusher", ["acc-98296c87"]),
        ("[Realtime] Processing message: 7572... (account: acc-1)", "monitor", ["acc-1"]),
        ("✅ Data synced to Master", "douyin-data:acc-1", ["acc-1"]),
        ("账号：acc-1 推送成功", "pusher", ["acc-1"]),
        ("[Realtime] Pushed 2 items in 30 ms", "web3", []),
        ("[7572] pushed", "pusher", []),
    ],
)
def test_an_account_is_named_by_its_word_in_front_or_by_the_service(
    message: str, service: str, names: list[str]
) -> None:
    """The id of the message, a number or a service with a number in its name is none."""
    assert sorted(find_accounts(message, service, "7572")) == names
