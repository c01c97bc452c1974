"""Policy text (YAML or JSON) to plain data, with the line of every value kept for errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

LARGEST = 1_000_000
"""Characters; a policy is some 40,000."""


class PolicyError(ValueError):
    """A policy cannot be used. The message is one sentence with path and line."""

    def __init__(self, message: str, *, path: str = "", line: int | None = None) -> None:
        self.path = path
        self.line = line
        where = [f"at {path}" if path else "", f"line {line}" if line is not None else ""]
        place = ", ".join(part for part in where if part)
        super().__init__(f"The policy cannot be used: {message}{f' ({place})' if place else ''}.")


class _PolicyLoader(yaml.SafeLoader):
    """YAML as people mean it: yes and no are words, dates are text, no key twice, no aliases."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            message = "aliases (*name) are not allowed"
            raise PolicyError(message, line=mark.line + 1)
        return super().compose_node(parent, index)


_WORDS = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:merge")
_PolicyLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _WORDS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PolicyLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf")
)


def _refuse_repeated_keys(node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                message = "a key must be a word"
                raise PolicyError(message, line=key.start_mark.line + 1)
            if key.value in seen:
                message = f"the key “{key.value}” is given twice"
                raise PolicyError(message, line=key.start_mark.line + 1)
            seen.add(key.value)
            _refuse_repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item)


def parse(text: str) -> tuple[Any, yaml.Node]:
    """Return the plain data and the tree of nodes that knows the lines; raise PolicyError."""
    if len(text) > LARGEST:
        message = f"it is longer than {LARGEST:,} characters"
        raise PolicyError(message)
    loader = _PolicyLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            message = "it is empty"
            raise PolicyError(message)
        _refuse_repeated_keys(node)
        return loader.construct_document(node), node
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        message = f"it is not readable as YAML: {error.problem}"
        raise PolicyError(message, line=line) from error
    except (yaml.YAMLError, RecursionError) as error:
        message = "it is not readable as YAML"
        raise PolicyError(message) from error
    finally:
        loader.dispose()


def line_of(node: yaml.Node, path: Iterable[str | int]) -> int:
    """Return the line, from 1, of the value at the path, or of the nearest that exists."""
    for step in path:
        inner = _child(node, step)
        if inner is None:
            break
        node = inner
    return int(node.start_mark.line) + 1


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: yaml.Node = node.value[step]
        return item
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    return None


def path_text(path: Iterable[str | int]) -> str:
    """Return the path as people write it: questions[2].options[0].points."""
    written = ""
    for step in path:
        written += f"[{step}]" if isinstance(step, int) else f"{'.' if written else ''}{step}"
    return written
