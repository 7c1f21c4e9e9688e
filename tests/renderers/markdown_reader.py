"""A reader of Markdown as GitHub and GitLab have it."""

from __future__ import annotations

from markdown_it import MarkdownIt


def build_reader() -> MarkdownIt:
    """GitHub Flavored Markdown: tables, strikethrough, and links that are not marked as such."""
    reader = MarkdownIt("gfm-like")
    assert reader.linkify is not None
    reader.linkify.set({"fuzzy_link": False})  # "a.example" is none; the extension wants www., a scheme or an @
    return reader
