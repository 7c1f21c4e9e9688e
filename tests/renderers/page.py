"""The HTML report as a parser sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

EMPTY_TAGS = {"meta", "link", "input", "br", "img"}


@dataclass
class Element:
    """A start tag with its attributes, and the text directly below it."""

    tag: str
    attributes: dict[str, str]
    depth: int
    text: str = ""


@dataclass
class Page(HTMLParser):
    """All elements in their order."""

    elements: list[Element] = field(default_factory=list)
    open_elements: list[Element] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, len(self.open_elements))
        self.elements.append(element)
        if tag not in EMPTY_TAGS:
            self.open_elements.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_elements.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open_elements:
            self.open_elements[-1].text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def find(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements of a tag that have these attributes."""
        return [
            element
            for element in self.elements
            if element.tag == tag and attributes.items() <= element.attributes.items()
        ]

    @property
    def plots(self) -> dict[str, Any]:
        """What the scripts are given."""
        block: dict[str, Any] = json.loads(self.find("script", id="plots")[0].text)
        return block


def read_page(text: str) -> Page:
    """Parse a page; every element must be closed in its turn."""
    page = Page()
    page.feed(text)
    page.close()
    assert page.open_elements == []
    return page
