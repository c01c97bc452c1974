"""Every address × every role: a route that is not in the table fails, and so does one that leaks.

GET: who belongs to the portfolio reads; a stranger gets 404; nobody gets a 500. POST: an auditor, an
administrator and a stranger change nothing, whatever they send.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from rai_portal.accounts.models import User
from rai_portal.ledger.models import Head
from tests.architecture.world import REQUIREMENT, World, build
from tests.factories import People

OPEN = {"healthz", "readyz"}
"""Answered without sign-in."""

NOT_OURS = {"components"}

ARGUMENTS: dict[str, dict[str, str]] = {
    # url name or its beginning → keyword → what the world calls the row; the longest match counts
    "system_": {"pk": "system"}, "release_new": {"pk": "system"}, "release_list": {"pk": "system"},
    "release_": {"pk": "release"}, "intake_": {"pk": "release"}, "tier_": {"pk": "release"},
    "plan_": {"pk": "release"}, "gate": {"pk": "release"}, "dataset_": {"pk": "dataset"},
    "model_": {"pk": "model"}, "risk_": {"pk": "risk"}, "mitigation_": {"pk": "mitigation"},
    "mitigation_new": {"pk": "risk"}, "run_": {"pk": "run"}, "run_start": {"pk": "release"},
    "check_": {"pk": "check"}, "finding_": {"pk": "finding"}, "audit_": {"pk": "audit"},
    "narrative_": {"pk": "run"}, "report_": {"pk": "report"}, "review_": {"pk": "open_review"},
    "review_new": {"pk": "release"}, "decision_": {"pk": "decision"},
    "condition_": {"pk": "condition"}, "document_": {"pk": "document"},
    "document_make": {"pk": "release"}, "pack_": {"pk": "pack"}, "evidence_": {"pk": "release"},
    "sign_off_": {"pk": "release"}, "exception_": {"pk": "release"},
    "exception_answer": {"pk": "exception"}, "file_": {"pk": "file"},
    "api": {"pk": "release"},
}  # fmt: skip
FIXED = {
    "key": REQUIREMENT, "kind": "memo", "index": 0, "method": "fairness.group_rates", "row": 0,
    "figure": "rates", "format": "json", "what": "pdf", "part": "pdf",
}  # fmt: skip


@dataclass(frozen=True)
class Route:
    name: str
    keywords: tuple[str, ...]


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Route]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if not path.startswith(("accounts/", "api/")):
                yield from routes(pattern, path)
        elif isinstance(pattern, URLPattern) and pattern.name and pattern.name not in NOT_OURS:
            yield Route(pattern.name, tuple(pattern.pattern.converters))


def row_name(route: Route, keyword: str) -> str:
    exact = ARGUMENTS.get(route.name)
    if exact and keyword in exact:
        return exact[keyword]
    starts = [name for name in ARGUMENTS if route.name.startswith(name)]
    assert starts, f"{route.name} has no row in the table of routes."
    return ARGUMENTS[max(starts, key=len)][keyword]


def address(route: Route, world: World) -> str:
    if route.name == "method_detail":
        return reverse(route.name, kwargs={"key": "fairness.group_rates"})
    values: dict[str, object] = {}
    for keyword in route.keywords:
        values[keyword] = FIXED[keyword] if keyword in FIXED else world.pk(row_name(route, keyword))
    return reverse(route.name, kwargs=values)


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def world(people: People) -> World:
    return build(people)


def objects(route: Route) -> bool:
    """Whether the address names something of a portfolio."""
    return any(keyword not in FIXED for keyword in route.keywords)


def test_the_table_knows_every_route(world: World) -> None:
    for route in routes():
        address(route, world)


def test_nothing_but_health_is_open_without_sign_in(world: World) -> None:
    wrong = []
    for route in routes():
        if route.name in OPEN:
            continue
        answer = Client().get(address(route, world))
        if answer.status_code not in {302, 405} or (
            answer.status_code == 302 and "/accounts/login/" not in answer["Location"]
        ):
            wrong.append((route.name, answer.status_code))
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
        answer = client.get(address(route, world))
        if answer.status_code not in {200, 302, 403, 405, 409, 422}:
            wrong.append((route.name, answer.status_code))
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
        (route.name, status)
        for route in reading
        if (status := client.get(address(route, world)).status_code) not in {200, 302}
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
        answer = getattr(client, method)(address(route, world))
        if answer.status_code not in {404, 405}:
            wrong.append((route.name, answer.status_code))
    assert wrong == []
    assert Head.objects.get(pk=1).sequence == before


@pytest.mark.parametrize("role", ["auditor", "administrator", "pipeline"])
def test_readers_change_nothing(world: World, role: str) -> None:
    client = signed_in(getattr(world.people, role))
    wrong = []
    for route in routes():
        if route.name in OPEN or route.name.startswith(("people_", "ledger_")):
            continue
        before = Head.objects.get(pk=1).sequence
        answer = client.post(address(route, world), {"reason": "x", "note": "x", "version": "9.9"})
        if answer.status_code >= 500:
            wrong.append((route.name, answer.status_code))
        if Head.objects.get(pk=1).sequence != before and not _may(role, route):
            wrong.append((route.name, "wrote"))
    assert wrong == []


def _may(role: str, route: Route) -> bool:
    """Downloads are recorded for everybody; pipelines start runs."""
    if role == "pipeline" and route.name in {"run_start", "run_repeat", "run_cancel"}:
        return True
    return any(word in route.name for word in ("download", "_html", "_json", "_file", "report"))
