"""Every kind of page of the demo, as each role sees it: readable by all, and without a fault."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from tests.journeys.conftest import NewVisitor, Visitor
    from tests.portal import Portal

type Look = tuple[str, int, str]

pytestmark = pytest.mark.xdist_group("demo")

EACH_ROLE = ("analyst", "board", "auditor", "administrator", "executive")
NO_PAGES = frozenset(
    {
        "account_logout", "document_download", "document_record", "evidence_file",
        "file_download", "report_file", "risk_export", "run_json", "schema", "system_export",
        "system_import_template", "Redoc",
    }
)  # fmt: skip
"""Files, and the way out."""

EXAMPLES = {"run_detail": 5, "release_detail": 3, "gate": 3, "review_detail": 2, "risk_detail": 2}
"""How many pages of a kind are looked at, where one does not show it; else one."""

EXPECTED = {
    "analyst": {
        "audit_new", "dataset_detail", "dataset_list",
        "dataset_new", "decision_detail", "decision_list", "document_detail", "document_html",
        "evidence_new", "exception_new", "finding_detail", "finding_list", "gate", "home",
        "intake_form", "method_detail", "method_list",
        "mitigation_new", "model_detail", "plan_detail", "policy_detail",
        "release_detail", "release_edit", "release_list", "release_new", "release_risks",
        "release_runs", "requirement_detail", "review_list", "risk_detail",
        "risk_edit", "risk_list", "risk_new", "risk_rate", "run_detail", "run_finding",
        "run_link_risk", "run_list", "system_decisions", "system_detail", "system_documents",
        "system_edit", "system_history", "system_import", "system_list", "system_new",
        "system_risks", "tier_detail",
    },
    "board": {"home", "review_list", "decision_list", "gate", "risk_list"},
    "auditor": {"home", "ledger_list", "ledger_entry", "pack_list", "gate", "run_detail"},
    "administrator": {"home", "people_list"},
    "executive": {"home", "risk_list", "review_list", "gate"},
}  # fmt: skip
"""Kinds that the walk has to come to: a page without a link to it is lost."""

ALIVE = (
    "() => [...document.querySelectorAll('figure[data-specification]')]"
    ".filter(one => one.checkVisibility()).every(one => ['light', 'dark'].includes(one.dataset.alive))"
)
"""Whether Vega has drawn every figure that is not folded away."""

VISIBLE = "[...document.querySelectorAll('figure[data-specification]')].filter(one => one.checkVisibility())"
DRAWN_FOR_ITS_PLACE = (
    f"() => {VISIBLE}.every(one => Number(one.dataset.room) === "
    "one.querySelector('.fig-scroll').clientWidth)"
)
TOO_WIDE = (
    f"() => {VISIBLE}.filter(one => one.querySelector('svg').getAttribute('width') > "
    "Number(one.dataset.room) + 16).map(one => `${one.id} is wider than a phone`)"
)
"""Figures that a reader would have to push sideways; a few px are the end of a label."""

LOOKS = (("light", 1280, "all"), ("dark", 1280, "colour"), ("light", 390, "form"))
"""Scheme, width, and what axe looks for: the scheme changes colours alone, the width the form."""


def kind_of(path: str) -> str:
    """Return the name of the page's address, or nothing where it is none."""
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""


def links(person: Visitor) -> list[str]:
    """Return the addresses that the page leads to, each once, without those of other sites."""
    found: list[str] = person.page.eval_on_selector_all(
        "a[href]", "all => all.map(one => one.href)"
    )
    own = [link for link in found if link.startswith(f"{person.portal.url}/")]
    paths = (urlsplit(link) for link in own)
    return list(
        dict.fromkeys(f"{path.path}{'?' if path.query else ''}{path.query}" for path in paths)
    )


def look(person: Visitor, where: str, looks: Sequence[Look] = LOOKS) -> list[str]:
    """Return what is wrong with the page that is open, in each look."""
    faults = []
    for scheme, width, part in looks:
        person.page.set_viewport_size({"width": width, "height": 800})
        person.page.emulate_media(color_scheme=scheme)
        seen = f"{where}, {scheme}, {width} px"
        faults += [f"{seen}: {line}" for line in person.axe(part)]
        if not person.fits():
            faults.append(f"{seen}: wider than the window: {widest(person)}")
    faults += [f"{where}: {line}" for line in person.complaints]
    person.complaints.clear()
    person.page.set_viewport_size({"width": 1280, "height": 800})
    person.page.emulate_media(color_scheme="light")
    return faults


def look_at_twin(person: Visitor, where: str, looks: Sequence[Look]) -> list[str]:
    """Look at the HTML of a document, which is served so that no script runs in it, axe neither."""
    text = person.page.context.request.get(person.page.url).text()
    paper = type(person)(person.page.context.new_page(), person.portal)
    paper.page.set_content(text)
    faults = look(paper, where, looks)
    paper.page.close()
    return faults


def widest(person: Visitor) -> list[str]:
    """Return what reaches beyond the window, for whoever has to mend it."""
    found: list[str] = person.page.evaluate(
        "() => [...document.querySelectorAll('body *')].filter(one => "
        "one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)"
        ".slice(0, 6).map(one => `${one.tagName} .${one.className} ${one.id}`)"
    )
    return found


def walk(person: Visitor, seen: Set[str]) -> tuple[Counter[str], list[str]]:
    """Follow every link from home to one page of each kind; return kinds and faults.

    Kinds in `seen` are looked at by somebody else in every look, so here in one.
    """
    waiting = deque(["/"])
    taken: Counter[str] = Counter()
    known = {"/"}
    faults: list[str] = []
    while waiting:
        path = waiting.popleft()
        kind = kind_of(path.split("?")[0])
        if kind in NO_PAGES or taken[kind] >= EXAMPLES.get(kind, 1):
            continue
        taken[kind] += 1
        answer = person.page.goto(f"{person.portal.url}{path}")
        assert answer is not None
        if not kind or answer.status != 200:
            faults.append(f"{path}: answered {answer.status}")
            continue
        where, looks = f"{kind} {path}", LOOKS[:1] if kind in seen else LOOKS
        if kind == "document_html":
            faults += look_at_twin(person, where, looks)
            continue
        faults += look(person, where, looks)
        fresh = [link for link in links(person) if link not in known]
        known.update(fresh)
        waiting.extend(fresh)
    return taken, faults


@pytest.mark.parametrize("role", EACH_ROLE)
def test_every_page_that_a_role_can_reach_is_without_fault(
    told: Portal, visitor: NewVisitor, role: str
) -> None:
    person = visitor(role)
    taken, faults = walk(person, frozenset() if role == "analyst" else EXPECTED["analyst"])
    lost = EXPECTED[role] - set(taken)
    faults += [f"no link leads to {kind}" for kind in sorted(lost)]
    assert not faults, "\n".join(faults)


def test_runs_of_both_methods_are_among_the_pages(told: Portal, visitor: NewVisitor) -> None:
    person = visitor("analyst")
    person.go("/runs/")
    faults = []
    for method in ("Group rates on", "SHAP attribution"):
        person.page.get_by_role("link", name=method).first.click()
        person.page.wait_for_url("**/runs/*/")
        # The figures come alive when they come into view.
        for figure in person.page.locator("figure[data-specification]:visible").all():
            figure.scroll_into_view_if_needed()
        person.page.wait_for_function(ALIVE)
        faults += look(person, f"run of {method}")
        person.page.set_viewport_size({"width": 390, "height": 800})
        person.page.wait_for_function(DRAWN_FOR_ITS_PLACE)
        faults += [f"run of {method}: {line}" for line in person.page.evaluate(TOO_WIDE)]
        person.page.set_viewport_size({"width": 1280, "height": 800})
        person.go("/runs/")
    assert not faults, "\n".join(faults)


def test_pages_for_strangers_and_lost_ways_are_without_fault(
    demo: Portal, visitor: NewVisitor
) -> None:
    stranger, analyst = visitor(), visitor("analyst")
    faults = []
    for person, path, status in (
        (stranger, "/accounts/login/", 200),
        (stranger, "/systems/", 200),
        (stranger, "/accounts/password/reset/", 200),
        (analyst, "/systems/999999/", 404),
        (analyst, "/no/such/page/", 404),
        (analyst, "/people/", 403),
        (analyst, "/accounts/logout/", 200),
        (analyst, "/search/?q=mortgage", 200),
    ):
        answer = person.page.goto(f"{demo.url}{path}")
        assert answer is not None
        if answer.status != status:
            faults.append(f"{path}: answered {answer.status}, not {status}")
        faults += look(person, path)
    assert not faults, "\n".join(faults)


def test_a_form_sent_empty_says_so_beside_its_fields_and_at_the_top(
    demo: Portal, visitor: NewVisitor
) -> None:
    person = visitor("analyst")
    faults = []
    for path, button in (
        ("/systems/new/", "Register"),
        ("/risks/new/", "Record"),
        ("/datasets/new/", "Upload"),
        ("/audit/", "Upload"),
    ):
        person.go(path)
        person.page.locator("main form button[type=submit]").last.click()
        person.page.locator("[aria-invalid=true]").first.wait_for()
        faults += look(person, f"{path} sent empty")
        assert person.page.locator(".error-summary, [role=alert]").first.is_visible(), button
    assert not faults, "\n".join(faults)
