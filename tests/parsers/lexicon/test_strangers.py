"""Messages of programs that strangers run: what each means, and with what stands before it."""

from __future__ import annotations

from logdiag.parsers.rule_files import load_rules
from tests.folding import each

BUILT_IN = load_rules()


@each(
    ("message", "kind", "extracted"),
    [
        ("disconnected: 3501, bad request", "disconnected", {"code": "3501", "reason": "bad request"}),
        ("connecting: 1, transport closed", "disconnected", {"reason": "transport closed"}),
        ("connecting: 11, no ping", "disconnected", {"reason": "ping timeout"}),
        ("connecting: 0, connect called", "connecting", {}),
        ("disconnect after handling command", "server-disconnected", {}),
        (
            'disconnect after handling command client=3c1 reason="bad request"',
            "server-disconnected",
            {"reason": "bad request"},
        ),
        (
            "msg: terminate, pid: <0.24194.0>, reason: {shutdown,takeovered}",
            "server-disconnected",
            {"reason": "takeovered"},
        ),
        (
            "[Channel] Clientid '86375804013709' conflict with <0.18406.1216>",
            "server-kick",
            {"reason": "duplicate client id", "worker_id": "86375804013709"},
        ),
        (
            "SignalR: Received an error message from the server: Connection ping timeout.",
            "disconnected",
            {"reason": "ping timeout"},
        ),
        ("Charger TACW7 reconnected to 0.0.0.0:12811.", "server-connected", {"worker_id": "TACW7"}),
        ("client attached", "server-connected", {}),
        ("client detached (code 3001)", "server-disconnected", {"code": "3001"}),
        ("ua.dart:912 ::: Transport connected", "connected", {}),
        ("sip.transport | WebSocket abrupt disconnection", "disconnected", {}),
        ("[chargeBoxId=CP1] Connection is established", "connected", {}),
        (
            "[chargeBoxId=CP1, sessionId=ab12] Connection is closed, status: CloseStatus[code=1006, reason=null]",
            "disconnected",
            {"socket_id": "ab12", "code": "1006", "reason": "abnormal closure"},
        ),
        (
            "Error: Connection disconnected with error 'Error: Server timeout elapsed without receiving a message.'.",
            "disconnected",
            {"reason": "ping timeout"},
        ),
        ("el servidor cerró la conexión (código 4401): token caducado", "disconnected", {"code": "4401"}),
        ("le serveur a fermé la connexion (code 4401)", "disconnected", {"code": "4401"}),
        ("der Server hat die Verbindung geschlossen", "disconnected", {}),
        ("il server ha chiuso la connessione", "disconnected", {}),
        ("sunucu bağlantıyı kapattı", "disconnected", {}),
        ("сервер закрыл соединение (код 4401)", "disconnected", {"code": "4401"}),
    ],
)
def test_ends_and_connects_of_strangers(message: str, kind: str, extracted: dict[str, str]) -> None:
    """As their sources word them; what they say of code and reason is kept."""
    found = BUILT_IN.interpret(message, "app", {}, "info")
    assert found is not None
    assert (found.kind.value, found.extracted) == (kind, extracted)
    assert BUILT_IN.find_candidate()(message.encode())


@each(
    "message",
    [
        "Starting buffering for output",
        "Charger 7 plugged in",
        "client attached to process 4",
        "report.pdf | page closed | 3",
        "[jobId=7] order closed",
        "datenbank hat die Verbindung geschlossen",
    ],
)
def test_words_alike_of_something_else(message: str) -> None:
    """A table, a debugger, an order, a database."""
    found = BUILT_IN.interpret(message, "app", {}, "info")
    assert found is None or found.kind.value not in {
        "connected",
        "disconnected",
        "server-connected",
        "server-disconnected",
    }
