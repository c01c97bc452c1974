"""Headings to start from, by document; a text counts only when something stands under each."""

from __future__ import annotations

HEADINGS: dict[str, tuple[str, ...]] = {
    "datasheet": (
        "Why the data were collected, and by whom",
        "What one row is, and how many there are",
        "Who and what the data leave out",
        "Sensitive columns, their purpose and legal basis",
        "How labels came about, and what is wrong with them",
        "What was cleaned, filtered or derived",
        "What the data must not be used for",
        "Who keeps them, until when, and whom to ask",
    ),
    "monitoring_plan": (
        "What is watched, and from which data",
        "How often, and by whom",
        "Alert limits",
        "Who is told, and what they do within how long",
        "When the release is evaluated anew",
    ),
    "fallback_procedure": (
        "What people return to when the system is switched off",
        "Who may switch it off, and how",
        "When it was tried, and with what result",
    ),
    "contest_procedure": (
        "How an affected person learns that they can contest",
        "How they do it, and by when",
        "Who answers, with what right to change the outcome",
        "Within how long they get an answer with reasons",
    ),
    "reasons_read": (
        "How the cases were drawn, and how many",
        "Who read them",
        "How many reasons a person could act on",
        "What was wrong with the others, and what follows",
    ),
    "data_note": (
        "Where the data come from",
        "What they leave out",
    ),
    "owner_attestation": (
        "What the system is for",
        "Who answers for it, and how to reach them",
    ),
    "red_team_report": (
        "Who tried to break it, and for how long",
        "What they tried",
        "What they found, and what follows",
    ),
    "outside_test": (
        "Who tested, when, and on which version",
        "Which cases, how many, and how they were chosen",
        "How an answer was judged, and by whom",
        "Result, with interval and number of cases",
        "What the test cannot show",
    ),
    "action_limits": (
        "Actions that the system can take",
        "Limits on each",
        "Who confirms what cannot be undone",
    ),
    "ai_notice": (
        "The notice, word for word",
        "Where and when people see it",
    ),
    "supplier_file": (
        "Supplier, model and version",
        "What the supplier documents, and where it is kept",
        "Known limits, and what the supplier does not tell",
    ),
    "model_card": (
        "What the model is for, and what not",
        "How it did, with intervals and rows",
        "For whom it did worse, or is not measured",
        "Limits, and who to ask",
    ),
}
"""Document of the policy → headings, in the order that a reader needs them."""

MARK = "## "

TEMPLATES: dict[str, str] = {
    document: "\n\n\n".join(f"{MARK}{heading}" for heading in headings)
    for document, headings in HEADINGS.items()
}
"""Document → text with its headings, to be filled."""

LEAST_SIGNS = 8


def sections(text: str) -> list[tuple[str, str]]:
    """Return (heading, what stands under it) of a text; what stands before the first as ""."""
    found: list[tuple[str, str]] = []
    heading, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith(MARK):
            found.append((heading, "\n".join(lines).strip()))
            heading, lines = line.removeprefix(MARK).strip(), []
        else:
            lines.append(line)
    found.append((heading, "\n".join(lines).strip()))
    return [part for part in found if part[0] or part[1]]


def unfilled(text: str, document: str) -> list[str]:
    """Return the headings with nothing under them; asked headings that are gone count too."""
    parts = sections(text)
    written = {heading for heading, body in parts if len(body) >= LEAST_SIGNS}
    empty = [heading for heading, body in parts if heading and len(body) < LEAST_SIGNS]
    asked = [heading for heading in HEADINGS.get(document, ()) if heading not in written]
    return list(dict.fromkeys([*asked, *empty]))
