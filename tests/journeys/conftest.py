"""A portal as a user starts it, and a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, sync_playwright

from tests.portal import ROOT, Portal
from tests.waiting import wait_for

STORY_WITHIN = 300
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
AXE = ROOT / "static" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_COLOUR = ("color-contrast", "link-in-text-block")
AXE_OPTIONS: dict[str, dict[str, Any]] = {
    "all": {"runOnly": WCAG, "rules": {"landmark-unique": {"enabled": True}}},
    "colour": {"runOnly": {"type": "rule", "values": list(OF_COLOUR)}},
    "form": {"runOnly": WCAG, "rules": {rule: {"enabled": False} for rule in OF_COLOUR}},
}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in str(item.fspath):
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    assert path, "The journeys need Chromium: apt-get install chromium."
    # Playwright's synchronous API keeps an event loop, which Django takes for an async caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo() -> Iterator[Portal]:
    """The demo as `make run` starts it; tests that need its decisions wait for them."""
    portal = Portal(demo=True)
    portal.start()
    yield portal
    portal.remove()


@pytest.fixture(scope="session")
def told(demo: Portal) -> Portal:
    """The demo with its whole story told: runs finished, releases decided, documents made."""
    log = demo.var / "logs" / "demo.log"
    wait_for(
        lambda: "demo complete" in log.read_text(errors="replace"),
        within=STORY_WITHIN,
        otherwise=demo.logs,
    )
    return demo


class Visitor:
    """A person at a browser; counts what they click and send, keeps what the browser complains of.

    `complaints` holds errors of the console, of scripts, and refusals by the content policy.
    """

    def __init__(self, page: Page, portal: Portal) -> None:
        self.page = page
        self.portal = portal
        self.clicks = 0
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        # A page asked for on purpose that is not there makes the browser say so; that is no fault.
        expected = "the server responded with a status of 4"
        if message.type in {"error", "warning"} and expected not in message.text:
            self.complaints.append(f"{message.type}: {message.text}")

    def sign_in(self, login: str) -> None:
        credentials = self.portal.logins()[login]
        self.page.goto(f"{self.portal.url}/accounts/login/")
        self.page.get_by_label("E-mail").or_(self.page.get_by_label("Email")).first.fill(
            credentials["email"]
        )
        self.page.get_by_label("Password").first.fill(credentials["password"])
        self.page.get_by_role("button", name="Sign in").first.click()
        self.page.wait_for_url(f"{self.portal.url}/")

    def go(self, path: str) -> None:
        answer = self.page.goto(f"{self.portal.url}{path}")
        assert answer is not None
        assert answer.status < 500, f"{path}: {answer.status}"

    def click(self, name: str, role: Any = "link", **options: Any) -> None:
        self.clicks += 1
        self.page.get_by_role(role, name=name, **options).first.click()

    def look_again_until(self, wanted: Locator, within: float) -> None:
        """Open the page anew until what a worker makes is on it."""
        self.page.wait_for_load_state()

        def seen() -> bool:
            if wanted.is_visible():
                return True
            self.page.goto(self.page.url)
            return wanted.is_visible()

        wait_for(seen, within=within, otherwise=self.page.locator("main").inner_text, every=1.0)

    def axe(self, part: str = "all") -> list[str]:
        """What axe-core finds by WCAG 2.2 A and AA, as readable lines.

        `part`: "colour" looks at contrast alone, "form" at all but contrast.
        """
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "options => axe.run(document, {resultTypes: ['violations'], ...options}).then(r => r.violations.map(v => v.id + ': ' + v.help + ' @ ' + "
            "v.nodes.map(n => n.target.join(' ')).slice(0, 4).join(' | ')))",
            AXE_OPTIONS[part],
        )
        lines: list[str] = json.loads(json.dumps(found))
        return lines

    def fits(self) -> bool:
        """Whether nothing is wider than the window."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"
            )
        )


type NewVisitor = Callable[..., Visitor]


@pytest.fixture
def visitor(browser: Browser, demo: Portal, tmp_path: Path) -> Iterator[NewVisitor]:
    contexts = []

    def new(login: str | None = None, *, scheme: str = "light", width: int = 1280) -> Visitor:
        context = browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
            # Colours on their way from one theme to the other are of neither.
            reduced_motion="reduce",
            bypass_csp=False,
            accept_downloads=True,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        person = Visitor(context.new_page(), demo)
        if login:
            person.sign_in(login)
        return person

    yield new
    for context in contexts:
        context.close()
