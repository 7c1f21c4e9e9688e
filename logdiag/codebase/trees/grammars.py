"""The parsers: tree-sitter's grammars of JavaScript, TypeScript and Python, loaded when a tree is read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from logdiag.errors import InputError

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, Query

_SCRIPT_NODES: Final = """
[(function_declaration) (function_expression) (arrow_function) (method_definition)
 (generator_function_declaration) (generator_function)] @function
[(call_expression) (new_expression)] @call
(variable_declarator) @binding
(assignment_expression) @binding
(import_statement) @import
(export_statement) @export
(return_statement) @return
(if_statement) @if
(catch_clause) @catch
"""
QUERIES: Final = {
    "javascript": _SCRIPT_NODES + "[(class_declaration) (class)] @class (field_definition) @binding",
    "typescript": _SCRIPT_NODES
    + "[(class_declaration) (class) (abstract_class_declaration)] @class (public_field_definition) @binding",
    "python": """
[(function_definition) (lambda)] @function
(call) @call
(assignment) @binding
(class_definition) @class
[(import_statement) (import_from_statement)] @import
(return_statement) @return
(if_statement) @if
(except_clause) @catch
""",
}
QUERIES["tsx"] = QUERIES["typescript"]


def require_grammars() -> None:
    """Raise InputError where the extra is not installed."""
    try:
        import tree_sitter  # noqa: F401, PLC0415  there only with the extra
        import tree_sitter_javascript  # noqa: F401, PLC0415
        import tree_sitter_python  # noqa: F401, PLC0415
        import tree_sitter_typescript  # noqa: F401, PLC0415
    except ImportError as error:
        raise InputError("source.needs_extra") from error


@cache
def _load_language(name: str) -> Language:
    from tree_sitter import Language  # noqa: PLC0415  there only with the extra

    return Language(_load_grammar(name))


def _load_grammar(name: str) -> Any:
    import tree_sitter_javascript  # noqa: PLC0415  there only with the extra
    import tree_sitter_python  # noqa: PLC0415
    import tree_sitter_typescript  # noqa: PLC0415

    grammars = {
        "javascript": tree_sitter_javascript.language,
        "typescript": tree_sitter_typescript.language_typescript,
        "tsx": tree_sitter_typescript.language_tsx,
        "python": tree_sitter_python.language,
    }
    return grammars[name]()


@cache
def _load_parser(name: str) -> Parser:
    from tree_sitter import Parser  # noqa: PLC0415

    return Parser(_load_language(name))


@cache
def _load_query(name: str) -> Query:
    from tree_sitter import Query  # noqa: PLC0415

    return Query(_load_language(name), QUERIES[name])


def parse_bytes(data: bytes, language: str) -> Node:
    """Parse a file; what is not of the language stands in it as errors, the rest is as good as ever."""
    return _load_parser(language).parse(data).root_node


def find_nodes(root: Node, language: str) -> dict[str, list[Node]]:
    """The nodes of interest by what they are, in the order of the text."""
    from tree_sitter import QueryCursor  # noqa: PLC0415

    captures = QueryCursor(_load_query(language)).captures(root)
    return {kind: sorted(nodes, key=lambda node: node.start_byte) for kind, nodes in captures.items()}
