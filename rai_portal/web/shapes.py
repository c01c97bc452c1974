"""Statuses by word, shape and hue: the one place, for pages and for documents.

A badge never rests on colour alone. An unknown status is an error, not a grey badge:
a page that cannot name what it shows must not be shown.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Literal

from django.utils.safestring import SafeString

from rai_portal.web.palette import light

type Tone = Literal[
    "good", "bad", "unsure", "absent", "active", "plain", "level-1", "level-2", "level-3", "level-4"
]


@dataclass(frozen=True, slots=True)
class Face:
    """How one status looks. word: as printed. shape: a key of SHAPES. tone: names its colours."""

    word: str
    shape: str
    tone: Tone

    @property
    def css(self) -> str:
        """Return the classes that give the badge its colours."""
        if self.tone.startswith("level-"):
            return f"rs-level rs-l{self.tone[-1]}"
        return f"rs-{self.tone}"


class UnknownStatus(ValueError):
    """A status that no badge was drawn for."""

    def __init__(self, kind: str, value: str) -> None:
        known = ", ".join(FACES[kind]) if kind in FACES else ", ".join(FACES)
        what = f"of the kind {kind!r}" if kind in FACES else "of an unknown kind"
        super().__init__(f"There is no badge for {value!r} {what}; known are: {known}.")


def _bars(filled: int, boxes: tuple[tuple[str, str, str, str], ...]) -> str:
    drawn = (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" '
        f'fill="{"currentColor" if place < filled else "none"}" '
        'stroke="currentColor" stroke-width=".8"/>'
        for place, (x, y, width, height) in enumerate(boxes)
    )
    return "".join(drawn)


_RISING = (
    ("1", "11", "2.9", "4"),
    ("4.7", "8", "2.9", "7"),
    ("8.4", "5", "2.9", "10"),
    ("12.1", "2", "2.9", "13"),
)
_EVEN = tuple((x, "2", "2.6", "12") for x in ("1", "5", "9", "13"))

_RING = '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/>'
_DISC = '<circle cx="8" cy="8" r="7" fill="currentColor"/>'

SHAPES: dict[str, str] = {
    "disc-tick": _DISC
    + '<path class="cut" d="m4.9 8.3 2.1 2.1 4.1-4.6" fill="none" stroke-width="1.8"/>',
    "disc-bar": _DISC + '<path class="cut" d="M4.2 8h7.6" stroke-width="2.4"/>',
    "octagon-cross": '<path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor"/>'
    '<path class="cut" d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" fill="none" stroke-width="1.8"/>',
    "diamond-half": '<path d="M8 1.2 14.8 8 8 14.8 1.2 8z" fill="none" stroke="currentColor" '
    'stroke-width="1.6"/><path d="M8 1.2V14.8L1.2 8z" fill="currentColor"/>',
    "ring-slash": _RING + '<path d="M3.6 12.4 12.4 3.6" stroke="currentColor" stroke-width="1.6"/>',
    "ring-tick": _RING + '<path d="m5.1 8.2 2 2 3.8-4.2" fill="none" stroke="currentColor" '
    'stroke-width="1.6"/>',
    "ring-clock": _RING + '<path d="M8 4.2V8l2.7 1.8" fill="none" stroke="currentColor" '
    'stroke-width="1.6"/>',
    "ring": _RING,
    "triangle-mark": '<path d="M8 1.5 15 14H1z" fill="none" stroke="currentColor" '
    'stroke-width="1.6" stroke-linejoin="round"/>'
    '<path d="M8 6v4m0 1.3v1.4" stroke="currentColor" stroke-width="1.7"/>',
    "arc": '<path d="M8 1.8A6.2 6.2 0 1 1 1.8 8" fill="none" stroke="currentColor" '
    'stroke-width="2.2"/><circle cx="8" cy="8" r="1.8" fill="currentColor"/>',
    "box-dashed": '<rect x="2" y="2" width="12" height="12" fill="none" stroke="currentColor" '
    'stroke-width="1.6" stroke-dasharray="3 2.33"/>',
    "box": '<rect x="2" y="2" width="12" height="12" fill="none" stroke="currentColor" '
    'stroke-width="1.6"/>',
    "lock": '<rect x="2.5" y="7" width="11" height="7.5" fill="currentColor"/>'
    '<path d="M5 7V4.8a3 3 0 0 1 6 0V7" fill="none" stroke="currentColor" stroke-width="1.6"/>',
    "dash": '<path d="M3 8h10" stroke="currentColor" stroke-width="2"/>',
    "play": '<path d="M3.5 2.2v11.6L13.5 8z" fill="currentColor"/>',
    "interval": '<path d="M1 8h14M1.5 5.5v5M14.5 5.5v5" stroke="currentColor" stroke-width="1.5"/>'
    '<circle cx="8" cy="8" r="3" fill="currentColor"/>',
    "page-signed": '<path d="M3 1.8h7l3 3v9.4H3z" fill="none" stroke="currentColor" '
    'stroke-width="1.5"/><path d="M5.3 11.3c1.2-2.5 2-2.5 2.5-.9.4 1 1.3.6 2.8-.5" fill="none" '
    'stroke="currentColor" stroke-width="1.3"/>',
    **{f"level-{filled}": _bars(filled, _RISING) for filled in range(1, 5)},
    **{f"bars-{filled}": _bars(filled, _EVEN) for filled in range(1, 5)},
}

type _Look = tuple[str, Tone]

_TICK: _Look = ("disc-tick", "good")
_CROSS: _Look = ("octagon-cross", "bad")
_HALF: _Look = ("diamond-half", "unsure")
_SLASH: _Look = ("ring-slash", "absent")
_DASHED: _Look = ("box-dashed", "absent")
_DASH: _Look = ("dash", "absent")
_CLOCK: _Look = ("ring-clock", "unsure")
_ARC: _Look = ("arc", "active")
_MARK: _Look = ("triangle-mark", "bad")
_RINGED: _Look = ("ring-tick", "active")
_PLAY: _Look = ("play", "active")
_BAR: _Look = ("disc-bar", "bad")
_GRADES: tuple[tuple[int, Tone], ...] = (
    (1, "level-4"),
    (2, "level-3"),
    (3, "level-2"),
    (4, "level-1"),
)


def _faces(looks: dict[str, tuple[str, _Look]]) -> dict[str, Face]:
    return {value: Face(word, shape, tone) for value, (word, (shape, tone)) in looks.items()}


FACES: dict[str, dict[str, Face]] = {
    "status": _faces(
        {
            "met": ("Met", _TICK),
            "failed": ("Failed", _CROSS),
            "inconclusive": ("Inconclusive", _HALF),
            "not_estimable": ("Not estimable", _SLASH),
            "error": ("Error", _MARK),
            "running": ("Running", _ARC),
            "missing": ("Missing", _DASHED),
            "stale": ("Stale", _CLOCK),
            "accepted": ("Accepted", _RINGED),
            "not_applicable": ("Not applicable", _DASH),
        }
    ),
    "outcome": _faces(
        {
            "blocked": ("Blocked", _BAR),
            "ready": ("Ready", _PLAY),
            "approved": ("Approved", _TICK),
            "approved_with_conditions": ("Approved with conditions", _RINGED),
            "refused": ("Refused", _CROSS),
            "stale": ("Decision stale", _CLOCK),
            "expired": ("Expired", _CLOCK),
        }
    ),
    "verdict": _faces(
        {
            "pass": ("Pass", _TICK),
            "fail": ("Fail", _CROSS),
            "inconclusive": ("Inconclusive", _HALF),
            "not_estimable": ("Not estimable", _SLASH),
            "error": ("Error", _MARK),
        }
    ),
    "level": {
        "low": Face("Low", "level-1", "level-1"),
        "medium": Face("Medium", "level-2", "level-2"),
        "high": Face("High", "level-3", "level-3"),
        "critical": Face("Critical", "level-4", "level-4"),
    },
    "tier": {str(tier): Face(f"Tier {tier}", f"bars-{5 - tier}", "plain") for tier in range(1, 5)},
    "rating": _faces(
        {
            "measured": ("Measured", ("interval", "active")),
            "attested": ("Attested", ("page-signed", "absent")),
            "missing": ("Missing", _DASHED),
        }
    ),
    "run": _faces(
        {
            "queued": ("Queued", ("ring-clock", "absent")),
            "running": ("Running", _ARC),
            "succeeded": ("Succeeded", _TICK),
            "failed": ("Failed", _MARK),
            "cancelled": ("Cancelled", _SLASH),
        }
    ),
    "mitigation": _faces(
        {
            "not_started": ("Not started", _DASH),
            "planned": ("Not started", _DASH),
            "in_progress": ("In progress", _ARC),
            "done": ("Done, not verified", _HALF),
            "verified": ("Verified", _TICK),
            "overdue": ("Overdue", _CLOCK),
            "dropped": ("Dropped", _SLASH),
        }
    ),
    "risk": _faces(
        {
            "open": ("Open", ("ring", "active")),
            "accepted": ("Accepted", _RINGED),
            "closed": ("Closed", ("disc-tick", "absent")),
        }
    ),
    "finding": {
        **{
            code: Face(f"Sev{grade}", f"level-{5 - grade}", tone)
            for grade, tone in _GRADES
            for code in (str(grade), f"sev{grade}")
        },
        **_faces({"open": ("Open", ("ring", "active")), "closed": ("Closed", _TICK)}),
    },
    "decision": _faces(
        {
            "go": ("Go", _TICK),
            "go_with_conditions": ("Go with conditions", _RINGED),
            "no_go": ("No-go", _CROSS),
        }
    ),
    "signoff": _faces(
        {
            "waiting": ("Waiting", _DASHED),
            "signed": ("Signed", _TICK),
            "changes": ("Changes requested", _HALF),
            "refused": ("Refused", _CROSS),
            "stale": ("Stale", _CLOCK),
        }
    ),
    "intake": _faces(
        {
            "missing": ("Not answered", _DASHED),
            "draft": ("Draft", _DASH),
            "submitted": ("Submitted", _TICK),
        }
    ),
    "review": _faces(
        {
            "open": ("Open", _ARC),
            "draft": ("Draft", _DASH),
            "in_review": ("In review", _ARC),
            "decided": ("Decided", _TICK),
            "withdrawn": ("Withdrawn", _SLASH),
        }
    ),
    "plan": _faces(
        {
            "missing": ("No plan", _DASHED),
            "draft": ("Draft", _DASH),
            "locked": ("Locked", ("lock", "good")),
        }
    ),
    "acceptance": _faces(
        {
            "current": ("Accepted", _RINGED),
            "expired": ("Expired", _CLOCK),
            "outdated": ("Risk changed since", _CLOCK),
            "withdrawn": ("Withdrawn", _SLASH),
        }
    ),
    "step": _faces(
        {
            "done": ("Done", _TICK),
            "next": ("Next", _PLAY),
            "running": ("Running", _ARC),
            "attention": ("Needs attention", _HALF),
            "stale": ("Stale", _CLOCK),
            "blocked": ("Blocked", _BAR),
            "waiting": ("Not yet", _DASH),
            "not_needed": ("Not needed", _DASH),
        }
    ),
    "check": _faces(
        {
            "passed": ("Holds", _TICK),
            "failed": ("Does not hold", _CROSS),
            "unknown": ("For reading", _DASH),
        }
    ),
}


def face(kind: str, value: object) -> Face:
    """Return how a status looks. value: the code, in any case; raises UnknownStatus."""
    code = str(getattr(value, "value", value)).strip().lower().replace(" ", "_").replace("-", "_")
    try:
        return FACES[kind][code]
    except KeyError:
        raise UnknownStatus(kind, code) from None


def shape_svg(shape: str) -> SafeString:
    """Return a shape as inline SVG that takes the text's colour; hidden, the word stands beside."""
    return SafeString(
        f'<svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">{SHAPES[shape]}</svg>'
    )


def shape_data_uri(kind: str, value: object) -> str:
    """Return a status's shape as an image address for documents, in the light theme's colours.

    Inline SVG gets no alternative text in a tagged PDF; an image with alt does.
    """
    looks = face(kind, value)
    ink = "ink" if looks.tone == "plain" or looks.tone.startswith("level-") else looks.tone
    drawing = (
        SHAPES[looks.shape]
        .replace("currentColor", light(f"--rai-{ink}"))
        .replace('class="cut"', f'stroke="{light("--rai-paper")}"')
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{drawing}</svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
