"""The command `rai gate`: lets a pipeline ask whether a release may launch.

It exits with 0 on an approval alone. Whatever it cannot read is not an approval: exit 2.
"""

from __future__ import annotations

import http.client
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import click

APPROVED = frozenset({"approved", "approved_with_conditions"})
NOT_APPROVED = frozenset({"blocked", "ready", "refused", "stale", "expired"})
PASSING = frozenset({"met", "accepted", "not_applicable"})
MOST_PAGES = 1_000
MOST_BYTES = 20_000_000


class CannotTell(Exception):
    """There is no answer; the text says what happened and what to do."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the token is for the named server alone."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Return no further request, so that the answer counts as an error."""
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """A portal to ask. url: its root; timeout: seconds for each answer."""

    url: str
    token: str
    timeout: float

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return the JSON object under /api/v1/, or raise CannotTell."""
        address = f"{self.url.rstrip('/')}/api/v1/{path}"
        if query:
            address = f"{address}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(  # noqa: S310  # the scheme is checked by `portal`
            address,
            headers={"Authorization": f"Token {self.token}", "Accept": "application/json"},
        )
        try:
            with urllib.request.build_opener(_NoRedirect).open(
                request, timeout=self.timeout
            ) as answer:
                body = answer.read(MOST_BYTES)
        except urllib.error.HTTPError as error:
            with error:
                raise CannotTell(_refusal(error, address)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            message = f"No answer from {self.url}: {error}. Check the address and the network."
            raise CannotTell(message) from error
        return _object(body, address)

    def rows(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list, page by page."""
        for number in range(1, MOST_PAGES + 1):
            page = self.get(path, **query, page=str(number), page_size="100")
            results = page.get("results")
            if not isinstance(results, list):
                raise CannotTell(_BAD.format(address=path))
            yield from (row for row in results if isinstance(row, dict))
            if not page.get("next"):
                return
        message = f"The list {path} does not end. Tell an administrator of the portal."
        raise CannotTell(message)


_BAD = "The answer to {address} is not that of a portal. Check the address."


def _refusal(error: urllib.error.HTTPError, address: str) -> str:
    match error.code:
        case 401 | 403:
            return "The portal does not take this token. Make a new one with the scope read."
        case 404:
            return f"Nothing is found at {address}. Check the address."
        case 429:
            return "The portal was asked too often. Wait a minute and ask again."
        case code if 300 <= code < 400:
            return f"{address} leads elsewhere, and the token is not sent there. Name the address itself."
    return f"The portal answered {error.code} to {address}. Ask again later."


def _object(body: bytes, address: str) -> dict[str, Any]:
    try:
        record = json.loads(body)
    except ValueError as error:
        raise CannotTell(_BAD.format(address=address)) from error
    if not isinstance(record, dict):
        raise CannotTell(_BAD.format(address=address))
    return record


def _portal(url: str, token: str, timeout: float) -> Portal:
    try:
        parts = urllib.parse.urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        known = False
    if not known:
        message = f"{url!r} is no address of a portal. Write it as https://portal.example."
        raise CannotTell(message)
    if not token.isascii() or not token.isprintable() or not token.strip():
        message = "The token has letters that no token has. Copy it again."
        raise CannotTell(message)
    return Portal(url=url, token=token.strip(), timeout=timeout)


def _only(found: list[int], what: str) -> int:
    if not found:
        message = f"The portal shows no {what} to this token. Check the spelling and the portfolio."
        raise CannotTell(message)
    if len(found) > 1:
        message = f"{len(found)} portfolios have a {what}. Use a token of one portfolio only."
        raise CannotTell(message)
    return found[0]


def _id(row: dict[str, Any]) -> int:
    if not isinstance(row.get("id"), int):
        raise CannotTell(_BAD.format(address="a list"))
    return int(row["id"])


def find_release(portal: Portal, system: str, version: str) -> int:
    """Return the id of the release; the names must be equal to the letter."""
    systems = [
        _id(row) for row in portal.rows("systems/", name=system) if row.get("name") == system
    ]
    pk = _only(systems, f"system {system!r}")
    rows = portal.rows("releases/", system=str(pk), version=version)
    releases = [
        _id(row) for row in rows if row.get("version") == version and row.get("system") == pk
    ]
    return _only(releases, f"release {version!r} of {system!r}")


def read_gate(record: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the outcome and a line for each open requirement; CannotTell when it is no gate."""
    outcome, requirements = record.get("outcome"), record.get("requirements")
    if outcome not in APPROVED | NOT_APPROVED or not isinstance(requirements, list):
        raise CannotTell(_BAD.format(address="the gate"))
    lines = []
    for item in requirements:
        if not isinstance(item, dict) or not isinstance(item.get("status"), str):
            raise CannotTell(_BAD.format(address="the gate"))
        if item["status"] not in PASSING:
            word = item["status"].replace("_", " ")
            lines.append(f"{word}: {item.get('title', '')}. {item.get('reason', '')}".strip())
    return str(outcome), lines


@click.command()
@click.argument("system")
@click.argument("version")
@click.option("--url", envvar="RAI_URL", required=True, help="Address of the portal.")
@click.option("--token", envvar="RAI_TOKEN", required=True, help="API token; or RAI_TOKEN.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=30.0,
    show_default=True,
    help="Seconds for each answer.",
)
def gate(*, system: str, version: str, url: str, token: str, timeout: float) -> None:
    """Ask whether release VERSION of SYSTEM may launch.

    Exit 0: approved, and conditions that are due are met. 1: not approved; the reasons are
    printed. 2: could not tell.
    """
    try:
        portal = _portal(url, token, timeout)
        pk = find_release(portal, system, version)
        outcome, lines = read_gate(portal.get(f"releases/{pk}/gate/"))
    except CannotTell as error:
        _end(2, f"Could not tell: {error}", err=True)
    click.echo(f"{system} {version}: {outcome.replace('_', ' ')}")
    for line in lines:
        click.echo(f"  {line}")
    sys.exit(0 if outcome in APPROVED else 1)


def _end(code: int, sentence: str, *, err: bool) -> NoReturn:
    click.echo(sentence, err=err)
    sys.exit(code)
