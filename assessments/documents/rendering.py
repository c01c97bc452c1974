"""Content to record, HTML twin and PDF. Equal content gives equal bytes."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from assessments.choices import DocumentKind
from assessments.documents import memo as memo_content
from assessments.documents import model_card as card_content
from assessments.documents.facts import Dossier
from rai_portal.documents.pdf import Attachment, render

_FONT = re.compile(r'url\("\.\./dist/([a-z-]+\.woff2)"\)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document in its three forms. name: of its files, without ending."""

    name: str
    title: str
    html: str
    record: dict[str, Any]
    record_bytes: bytes
    pdf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document that is built and not yet drawn."""

    kind: DocumentKind
    name: str
    title: str
    template: str
    context: dict[str, Any]
    record: dict[str, Any]
    foot: str
    at: datetime


def draft(kind: DocumentKind, dossier: Dossier) -> Draft:
    """Build the content of a memo or a model card."""
    if kind == DocumentKind.MEMO:
        content: Any = memo_content.build_memo(dossier)
        schema, word, key = memo_content.SCHEMA, "Go/no-go memo", "memo"
    else:
        content = card_content.build_model_card(dossier)
        schema, word, key = card_content.SCHEMA, "Model card", "card"
    system, release, gate = dossier.system, dossier.release, dossier.gate
    return Draft(
        kind=kind,
        name=file_name(kind.value.replace("_", "-"), system.name, release.version),
        title=f"{word} · {system.name} {release.version}",
        template=f"documents/{kind.value}.html",
        context={key: content},
        record={"schema": schema, **plain_record(content)},
        at=dossier.read_at,
        foot=f"Scope {release.scope_digest[:12]} · gate {gate.digest[:12]}"
        + (
            f" · policy {gate.policy_number} {gate.policy_digest[:12]}"
            if gate.policy_number
            else ""
        ),
    )


def make(work: Draft) -> Made:
    """Draw a built document: the same template for the PDF and for the twin."""
    context = {"title": work.title, "mark": "Confidential", "foot": work.foot, **work.context}
    record = record_bytes(work.record)
    pdf = render(
        render_to_string(work.template, context),
        attachments=(
            Attachment(
                name=f"{work.name}.json",
                content=record,
                description=f"The record that this document was made from: {work.title}",
                at=work.at,
            ),
        ),
    )
    twin = render_to_string(work.template, {**context, "css": own_styles()})
    return Made(
        name=work.name,
        title=work.title,
        html=twin,
        record=work.record,
        record_bytes=record,
        pdf=pdf,
    )


def file_name(*parts: str) -> str:
    """Return a name that every file system takes: letters, digits, dots and hyphens."""
    joined = "-".join(parts).lower()
    return re.sub(r"[^a-z0-9.]+", "-", joined).strip("-.")[:100] or "document"


def record_bytes(record: object) -> bytes:
    """Return a record as JSON text: sorted, UTF-8, no NaN."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return text.encode()


def plain_record(value: Any) -> Any:
    """Return frozen content as plain JSON values; drawings are left out, the runs hold them."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain_record(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_record(item) for item in value]
    names = getattr(value, "__dataclass_fields__", None)
    if names is None:
        return value
    return {name: plain_record(getattr(value, name)) for name in names if name != "svg"}


def own_styles() -> SafeString:
    """Return both stylesheets with the font inside, so that the twin needs no other file."""
    root = Path(settings.BASE_DIR) / "static"
    css = "\n".join(
        (root / "css" / name).read_text(encoding="utf-8")
        for name in ("tokens.css", "documents.css")
    )

    def inside(match: re.Match[str]) -> str:
        font = b64encode((root / "dist" / match[1]).read_bytes()).decode()
        return f'url("data:font/woff2;base64,{font}")'

    # Our own files, no input of anybody: safe to stand in a style element as they are.
    return SafeString(_FONT.sub(inside, css))
