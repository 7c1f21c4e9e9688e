"""The ids of findings that somebody asks for by name, and which of them forbid to speak of health."""

from __future__ import annotations

from typing import Final

FAILURES_ALONE: Final = "failures-alone"
SHUT_OUT_FINDINGS: Final = frozenset({"never-connected", "never-joined", "all-refused", FAILURES_ALONE})
NO_CONNECTS: Final = "no-connects"
SHARED_LIFETIME: Final = "shared-lifetime"
NOTICED_LATE: Final = "noticed-late"
FOLDER_ZONES: Final = "folder-zones"
CHANGED_SETTINGS: Final = "changed-settings"
OUTSIDE_OWN_LOG: Final = "outside-own-log"
LINES_MISSING: Final = {side: f"lines-missing-{side}" for side in ("client", "server")}  # by whose log lacks them
CROWDED: Final = "several-at-once"
TWICE_TOLD: Final = "ends-perhaps-twice"
UNREAD_ENDS: Final = "unread-ends"
UNSTATED_ENDS: Final = "unstated-ends"
STOPPED_COMING: Final = "stopped-coming"
MISSING_ENDS: Final = "missing-ends"
UNTIMED_LIVES: Final = "untimed-lives"
UNTIMED_ENDS: Final = "untimed-ends"
SESSIONS_ELSEWHERE: Final = "sessions-elsewhere"
REFUSED_CREDENTIALS: Final = "refused-credentials"
UNACCEPTED: Final = "unaccepted-handshakes"
ENDED_AT_ONCE: Final = "ended-at-once"
REFUSED_SENDS: Final = "refused-sends"
UNSENT: Final = "unsent"
UNREAD_LOSSES: Final = "unread-losses"
UNTOLD: Final = "untold-pushes"
UNANSWERED: Final = "unanswered-pushes"
BRIEF_LOOK: Final = "brief-look"
CRASH_LOOPS: Final = "crash-loops"
CRASHED_SERVERS: Final = "crashed-servers"
KILLED_SERVERS: Final = "killed-servers"
UNCOMPLETED: Final = "uncompleted-logins"
SERVER_OFF: Final = "server-off"
DOUBTS: Final = frozenset(
    {
        *(
            "outside-window",
            "refused-sessions",
            SESSIONS_ELSEWHERE,
            "refused-versions",
            "refused-handshakes",
            "refused-origins",
            "stated-errors",
        ),
        *("no-ends", "unowned-closes", "crash-lines", "new-starts", "over-unlogged", "no-known-life"),
        *(
            "earlier-connections",
            KILLED_SERVERS,
            CRASHED_SERVERS,
            REFUSED_CREDENTIALS,
            UNACCEPTED,
            UNTIMED_LIVES,
            "unread-lives",
            UNREAD_LOSSES,
            UNTOLD,
            "long-stops",
            "cut-off",
            "failed-attempts",
            "presumed-departures",
            UNSTATED_ENDS,
            STOPPED_COMING,
            MISSING_ENDS,
            "proxied-ends",
            BRIEF_LOOK,
        ),
    }
)
KILLING_RETRIES: Final = "killing-retries"
RETRIES_SEEN: Final = "retries-seen"
