"""The checks that the cause catalogue refers to: one function a check, grouped by the kind of evidence they read."""

from logdiag.analyzers.causes.checks import (
    chance,
    clocks,
    crashes,
    lifetimes,
    moments,
    proxies,
    pushes,
    rivals,
    server_gone,
    server_view,
    silences,
    stated,
    unread_starts,
)

__all__ = [
    "chance",
    "clocks",
    "crashes",
    "lifetimes",
    "moments",
    "proxies",
    "pushes",
    "rivals",
    "server_gone",
    "server_view",
    "silences",
    "stated",
    "unread_starts",
]  # importing them registers their checks
