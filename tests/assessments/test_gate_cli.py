"""`rai gate` against a small server of its own, and against the portal's own answers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from rai_portal.cli import main

NAME = "Mortgage pre-approval"
TOKEN = "rai_0123456789"


class Portal:
    """Answers by path; `seen` keeps what was asked. An int is sent as an error, str as it is."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            "/api/v1/systems/": [{"id": 7, "name": NAME}, {"id": 8, "name": f"{NAME} 2"}],
            "/api/v1/releases/": [
                {"id": 70, "system": 7, "version": "1.0"},
                {"id": 71, "system": 7, "version": "1.1"},
                {"id": 81, "system": 8, "version": "1.1"},
            ],
        }
        self.seen: list[tuple[str, str]] = []
        self.headers: dict[str, str] = {}
        self.per_page = 100
        self.url = ""

    def says(self, outcome: str, *requirements: tuple[str, str, str]) -> None:
        self.answers["/api/v1/releases/71/gate/"] = {
            "outcome": outcome,
            "scope_digest": "ab" * 32,
            "requirements": [
                {"key": title, "title": title, "status": status, "reason": reason, "url": "x"}
                for title, status, reason in requirements
            ],
        }

    def body(self, path: str, query: dict[str, list[str]]) -> tuple[int, bytes]:
        answer = self.answers.get(path, 404)
        if isinstance(answer, int):
            return answer, b"{}"
        if isinstance(answer, str):
            return 200, answer.encode()
        if isinstance(answer, list):
            first = (int(query["page"][0]) - 1) * self.per_page
            rows = answer[first : first + self.per_page]
            more = first + self.per_page < len(answer)
            answer = {"results": rows, "next": "http://elsewhere.invalid/" if more else None}
        return 200, json.dumps(answer).encode()


@pytest.fixture
def portal() -> Iterator[Portal]:
    known = Portal()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            known.seen.append((parts.path, self.headers.get("Authorization", "")))
            code, body = known.body(parts.path, parse_qs(parts.query))
            self.send_response(code)
            for name, value in known.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield known
    server.shutdown()
    server.server_close()
    thread.join()


def ask(url: str, system: str = NAME, version: str = "1.1", token: str = TOKEN) -> Result:
    return CliRunner().invoke(main, ["gate", system, version, "--url", url, "--token", token])


@pytest.mark.parametrize("outcome", ["approved", "approved_with_conditions"])
def test_an_approval_exits_with_0(portal: Portal, outcome: str) -> None:
    portal.says(outcome, ("Model card", "met", "Confirmed."))
    done = ask(portal.url)
    assert done.exit_code == 0
    assert done.stdout == f"{NAME} 1.1: {outcome.replace('_', ' ')}\n"
    assert {token for _, token in portal.seen} == {f"Token {TOKEN}"}


@pytest.mark.parametrize("outcome", ["blocked", "ready", "refused", "stale", "expired"])
def test_anything_else_exits_with_1_and_prints_what_is_open(portal: Portal, outcome: str) -> None:
    portal.says(
        outcome,
        ("Approval gap", "failed", "0.26 (0.18 to 0.33), 1,989 rows; limit 0.10."),
        ("Error rates", "not_estimable", "26 rows, 30 needed."),
        ("Datasheet", "accepted", "Until 2027-01-31."),
        ("Model card", "met", "Confirmed."),
    )
    done = ask(portal.url)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f"{NAME} 1.1: {outcome}",
        "  failed: Approval gap. 0.26 (0.18 to 0.33), 1,989 rows; limit 0.10.",
        "  not estimable: Error rates. 26 rows, 30 needed.",
    ]


def test_lists_are_read_to_their_end_and_only_from_the_named_server(portal: Portal) -> None:
    portal.per_page = 2
    portal.answers["/api/v1/systems/"] = [
        *({"id": number, "name": f"Other {number}"} for number in range(100, 104)),
        {"id": 7, "name": NAME},
    ]
    portal.says("approved")
    assert ask(portal.url).exit_code == 0
    assert [path for path, _ in portal.seen].count("/api/v1/systems/") == 3


def test_a_release_of_another_system_is_not_taken_for_it(portal: Portal) -> None:
    portal.answers["/api/v1/releases/"] = [{"id": 81, "system": 8, "version": "1.1"}]
    done = ask(portal.url)
    assert done.exit_code == 2
    assert "no release '1.1'" in done.stderr


@pytest.mark.parametrize("system", ["Mortgage", NAME.lower(), f"{NAME} "])
def test_a_name_counts_to_the_letter(portal: Portal, system: str) -> None:
    portal.says("approved")
    done = ask(portal.url, system=system)
    assert done.exit_code == 2
    assert "Check the spelling" in done.stderr


def test_one_name_in_two_portfolios_is_ambiguous(portal: Portal) -> None:
    portal.answers["/api/v1/systems/"].append({"id": 9, "name": NAME})
    done = ask(portal.url)
    assert done.exit_code == 2
    assert "2 portfolios" in done.stderr


@pytest.mark.parametrize(
    ("code", "words"),
    [(401, "token"), (403, "token"), (429, "Wait a minute"), (500, "answered 500"), (503, "503")],
)
def test_a_refusal_is_no_answer(portal: Portal, code: int, words: str) -> None:
    portal.answers["/api/v1/systems/"] = code
    done = ask(portal.url)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert words in done.stderr


def test_the_token_is_not_carried_to_another_address(portal: Portal) -> None:
    portal.headers["Location"] = f"{portal.url}/elsewhere/"
    portal.answers["/api/v1/systems/"] = 302
    done = ask(portal.url)
    assert done.exit_code == 2
    assert "leads elsewhere" in done.stderr
    assert [path for path, _ in portal.seen] == ["/api/v1/systems/"]


@pytest.mark.parametrize(
    "answer",
    [
        "<html>Sign in</html>",
        "[]",
        {"outcome": "approved"},
        {"outcome": "splendid", "requirements": []},
        {"requirements": []},
        {"outcome": "approved", "requirements": ["met"]},
    ],
)
def test_an_answer_that_is_no_gate_is_never_an_approval(portal: Portal, answer: Any) -> None:
    portal.answers["/api/v1/releases/71/gate/"] = answer
    assert ask(portal.url).exit_code == 2


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "portal.example", "http://", "http://[", "http://127.0.0.1:1"]
)
def test_without_a_portal_there_is_no_answer(url: str) -> None:
    done = ask(url)
    assert done.exit_code == 2
    assert done.stderr.startswith("Could not tell: ")


def test_a_token_that_would_break_the_request_is_refused(portal: Portal) -> None:
    assert ask(portal.url, token="two\r\nlines").exit_code == 2
    assert portal.seen == []


def test_the_command_names_its_parts() -> None:
    done = CliRunner().invoke(main, ["--help"])
    assert done.exit_code == 0
    assert [name for name in ("methods", "evaluate", "gate") if f"  {name} " in done.stdout] == [
        "methods",
        "evaluate",
        "gate",
    ]
    assert CliRunner().invoke(main, ["deploy"]).exit_code == 2


def _imported_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_asking_a_portal_loads_no_numerical_library_and_no_method() -> None:
    loaded = _imported_by("import rai_portal.cli, assessments.gate_cli")
    assert "assessments.gate_cli" in loaded
    assert not loaded & {"numpy", "scipy", "duckdb", "pandas", "evaluations"}


@pytest.fixture
def real(portal: Portal, client_for: Callable[..., Any]) -> Iterator[Callable[[Any], None]]:
    """Let the small server give the portal's own answers, for the person given."""

    def answering(user: Any) -> None:
        from django.test import Client

        client: Client = client_for(user)
        for path in list(portal.answers):
            record = client.get(path).json()
            portal.answers[path] = record["results"]
        for release in portal.answers["/api/v1/releases/"]:
            path = f"/api/v1/releases/{release['id']}/gate/"
            portal.answers[path] = client.get(path).json()

    yield answering


def test_the_portals_own_answers_are_understood(
    portal: Portal, real: Callable[[Any], None], people: Any, release: Any
) -> None:
    from tests.assessments.board import asked, ready, signs

    ready(release, people)
    real(people.auditor)
    name = release.system.name
    assert ask(portal.url, name, release.version).exit_code == 1
    review = asked(release, people)
    signs(people.board, review)
    signs(people.board2, review)
    portal.answers = dict.fromkeys(("/api/v1/systems/", "/api/v1/releases/"))
    real(people.auditor)
    done = ask(portal.url, name, release.version)
    assert (done.exit_code, done.stdout) == (0, f"{name} {release.version}: approved\n")
