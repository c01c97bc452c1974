"""Every address × every role: a route that is not in the table fails, and so does one that leaks.

GET: who belongs to the portfolio reads; a stranger gets 404; nobody gets a 500. POST: an auditor, an
administrator and a stranger change nothing, whatever they send.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from rai_portal.accounts.choices import Role
from rai_portal.accounts.models import User
from rai_portal.ledger.models import Head
from tests.architecture.world import REQUIREMENT, World, build
from tests.factories import People, make_user

OPEN = {"healthz", "readyz"}
"""Answered without sign-in."""

NOT_OURS = {"components"}

ARGUMENTS: dict[str, dict[str, str]] = {
    # url name or its beginning → keyword → what the world calls the row; the longest match counts
    "system_": {"pk": "system"}, "system_import_": {"pk": "import"},
    "release_": {"pk": "release", "item": "release_dataset"},
    "release_new": {"pk": "system"}, "release_list": {"pk": "system"},
    "intake_": {"pk": "release"}, "tier_": {"pk": "release"}, "gate": {"pk": "release"},
    "plan_": {"pk": "release"}, "plan_adjust": {"pk": "check"}, "plan_remove": {"pk": "check"},
    "plan_restore": {"pk": "check"}, "dataset_": {"pk": "dataset"}, "model_": {"pk": "model"},
    "risk_": {"pk": "risk"}, "mitigation_": {"pk": "mitigation"}, "mitigation_new": {"pk": "risk"},
    "run_": {"pk": "run", "other": "audit_run"}, "run_start": {"pk": "release"},
    "run_explore": {"pk": "release"}, "finding_": {"pk": "finding"},
    "audit_": {"pk": "audit", "dataset": "dataset"}, "narrative_": {"pk": "run"},
    "report_file": {"pk": "report"}, "report_progress": {"pk": "run"},
    "review_": {"pk": "open_review"}, "review_new": {"pk": "release"},
    "decision_": {"pk": "decision"}, "condition_": {"pk": "condition"},
    "document_": {"pk": "document"}, "document_make": {"pk": "release"},
    "requirement_": {"pk": "release"}, "evidence_": {"pk": "release"},
    "evidence_file": {"pk": "evidence"}, "sign_off_": {"pk": "release"},
    "exception_new": {"pk": "release"}, "exception_answer": {"pk": "exception"},
    "policy_version": {"number": "policy"}, "ledger_entry": {"sequence": "entry"},
    "people_grant": {"pk": "person"}, "people_revoke": {"pk": "grant"},
    "people_confirm": {"pk": "proposal"}, "people_decline": {"pk": "proposal"},
    "file_dataset": {"pk": "dataset"}, "file_model": {"pk": "model"},
    "file_risk": {"pk": "risk"}, "file_mitigation": {"pk": "mitigation"},
    "file_rating": {"pk": "rating"}, "rating_": {"pk": "rating"},
}  # fmt: skip
KINDS = {
    "file_download": ("dataset", "model", "risk", "mitigation", "rating"),
    "report_file": ("pdf", "html"),
}
"""One address for several kinds of object: each kind is walked."""

ABOUT = {
    "model_new": ("", "release", "system"), "dataset_new": ("", "release"),
    "risk_new": ("", "system", "finding", "run"),
}  # fmt: skip
"""What a form may be opened about, in the query: as hidden from strangers as a path."""

FIXED = {"key", "kind"}
"""Keywords that name no row."""

NOT_OF_A_PORTFOLIO = ("people_", "policy_", "ledger_", "method_")
"""The policy and the methods are for everybody; people and the ledger are for certain roles."""


FILLED = {"reason": "x", "note": "x", "version": "9.9"}


@dataclass(frozen=True)
class Route:
    name: str
    keywords: tuple[str, ...]
    kind: str = ""
    about: str = ""


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Route]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if not path.startswith(("accounts/", "api/")):
                yield from routes(pattern, path)
        elif isinstance(pattern, URLPattern) and pattern.name and pattern.name not in NOT_OURS:
            keywords = tuple(pattern.pattern.converters)
            for kind in KINDS.get(pattern.name, ("",)):
                for about in ABOUT.get(pattern.name, ("",)):
                    yield Route(pattern.name, keywords, kind, about)


def row_name(route: Route, keyword: str) -> str:
    name = f"file_{route.kind}" if route.name == "file_download" else route.name
    starts = [start for start in ARGUMENTS if name.startswith(start)]
    assert starts, f"{name} has no row in the table of routes."
    row = ARGUMENTS[max(starts, key=len)].get(keyword)
    assert row, f"{name} has no row for {keyword} in the table of routes."
    return row


def address(route: Route, world: World) -> str:
    key = "fairness.group_rates" if route.name == "method_detail" else REQUIREMENT
    fixed = {"key": key, "kind": route.kind}
    values: dict[str, object] = {
        keyword: fixed[keyword] if keyword in FIXED else world.pk(row_name(route, keyword))
        for keyword in route.keywords
    }
    query = {route.about: world.pk(route.about)} if route.about else None
    return reverse(route.name, kwargs=values, query=query)


def ask(client: Client, method: str, url: str, data: dict[str, str] | None = None) -> HttpResponse:
    """The answer, with the file that it sends closed."""
    answer: HttpResponse = getattr(client, method)(url, data)
    answer.close()
    return answer


def seen(route: Route, answer: HttpResponse) -> tuple[str, int, str]:
    error = getattr(answer, "exc_info", None)
    return (
        f"{route.name} {route.kind or route.about}",
        answer.status_code,
        repr(error[1]) if error else "",
    )


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def world(people: People) -> World:
    return build(people)


def objects(route: Route) -> bool:
    """Whether the address names something of a portfolio."""
    if route.name.startswith(NOT_OF_A_PORTFOLIO):
        return False
    return bool(route.about) or any(keyword not in FIXED for keyword in route.keywords)


def test_the_table_knows_every_route(world: World) -> None:
    for route in routes():
        address(route, world)


def test_nothing_but_health_is_open_without_sign_in(world: World) -> None:
    wrong = []
    for route in routes():
        if route.name in OPEN:
            continue
        answer = ask(Client(), "get", address(route, world))
        if answer.status_code not in {302, 405} or (
            answer.status_code == 302 and "/accounts/login/" not in answer["Location"]
        ):
            wrong.append(seen(route, answer))
    assert wrong == []


@pytest.mark.parametrize(
    "role",
    ["analyst", "owner", "reviewer", "board", "executive", "auditor", "administrator"],
)
def test_members_read_without_errors(world: World, role: str) -> None:
    client = signed_in(getattr(world.people, role))
    wrong = []
    for route in routes():
        if route.name in OPEN:
            continue
        answer = ask(client, "get", address(route, world))
        if answer.status_code not in {200, 302, 403, 405, 409, 422}:
            wrong.append(seen(route, answer))
    assert wrong == []


def test_the_auditor_reads_every_page_about_an_object(world: World) -> None:
    """Forms may be closed to them; what exists may not."""
    client = signed_in(world.people.auditor)
    reading = [
        route
        for route in routes()
        if objects(route) and route.name.endswith(("_detail", "_history", "gate", "_json", "_runs"))
    ]
    assert len(reading) >= 10
    wrong = [
        seen(route, answer)
        for route in reading
        if (answer := ask(client, "get", address(route, world))).status_code not in {200, 302}
    ]
    assert wrong == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_finds_nothing(world: World, method: str) -> None:
    client = signed_in(world.people.stranger)
    before = Head.objects.get(pk=1).sequence
    wrong = []
    for route in routes():
        if not objects(route):
            continue
        answer = ask(client, method, address(route, world))
        if answer.status_code not in {404, 405}:
            wrong.append(seen(route, answer))
    assert wrong == []
    assert Head.objects.get(pk=1).sequence == before


@pytest.mark.parametrize("role", ["auditor", "administrator", "pipeline"])
def test_readers_change_nothing(world: World, role: str) -> None:
    client = signed_in(getattr(world.people, role))
    wrong = []
    for route in routes():
        if route.name in OPEN or (role == "administrator" and route.name.startswith("people_")):
            continue
        before = Head.objects.get(pk=1).sequence
        answer = ask(client, "post", address(route, world), FILLED)
        if answer.status_code >= 500:
            wrong.append(seen(route, answer))
        if Head.objects.get(pk=1).sequence != before and not _may(role, route):
            wrong.append((route.name, "wrote"))
    assert wrong == []


def _may(role: str, route: Route) -> bool:
    """Downloads are recorded for everybody; pipelines start runs."""
    if role == "pipeline" and route.name in {"run_start", "run_repeat", "run_cancel"}:
        return True
    return any(word in route.name for word in ("download", "_html", "_json", "_file", "report"))


def test_every_address_finds_its_row_when_something_is_sent(world: World) -> None:
    """Else the stranger's 404 above would say nothing about rights."""
    client = signed_in(world.people.analyst)
    wrong = []
    for route in routes():
        if not objects(route):
            continue
        with transaction.atomic():
            answer = ask(client, "post", address(route, world))
            transaction.set_rollback(True)
        if answer.status_code not in {200, 302, 403, 405, 409, 422}:
            wrong.append(seen(route, answer))
    assert wrong == []


def test_the_ledger_shows_no_entry_of_another_portfolio(world: World) -> None:
    people = world.people
    outsider = make_user(Role.BOARD, people.other_portfolio)
    entry = reverse("ledger_entry", args=[world.pk("entry")])
    assert signed_in(outsider).get(entry).status_code == 404
    assert signed_in(people.board).get(entry).status_code == 200
