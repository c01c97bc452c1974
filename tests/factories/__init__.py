"""Rows to test with: people of every role, systems, releases, files."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from rai_portal.accounts.choices import SEES_ALL, Role
from rai_portal.accounts.models import Membership, Portfolio, User
from rai_portal.documents.models import StoredFile
from registry.choices import ColumnRole, DatasetUse, FileFormat, Kind
from registry.models import (
    AISystem,
    Dataset,
    DatasetColumn,
    Release,
    ReleaseDataset,
    Risk,
    RiskRating,
)

counter = itertools.count(1)
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class People:
    """One person for each role in `portfolio`, and a stranger who is analyst elsewhere."""

    portfolio: Portfolio
    other_portfolio: Portfolio
    analyst: User
    owner: User
    reviewer: User
    board: User
    board2: User
    executive: User
    auditor: User
    administrator: User
    pipeline: User
    stranger: User


def make_portfolio(name: str | None = None) -> Portfolio:
    return Portfolio.objects.create(name=name or f"Portfolio {next(counter)}")


def make_user(role: Role | None, portfolio: Portfolio | None, name: str | None = None) -> User:
    number = next(counter)
    user = User.objects.create_user(
        f"{(role or 'nobody')}{number}@example.org",
        PASSWORD,
        name=name or f"{(role or 'nobody').title()} {number}",
        function=f"Function {number}",
        is_service=role == Role.PIPELINE,
    )
    if role is not None:
        everywhere = role in SEES_ALL
        Membership.objects.create(user=user, role=role, portfolio=None if everywhere else portfolio)
    return user


def make_people() -> People:
    portfolio, other = make_portfolio(), make_portfolio()
    return People(
        portfolio=portfolio,
        other_portfolio=other,
        board2=make_user(Role.BOARD, portfolio),
        stranger=make_user(Role.ANALYST, other),
        **{role.value: make_user(role, portfolio) for role in Role},
    )


def make_system(
    *, portfolio: Portfolio, owner: User, kind: Kind = Kind.PREDICTIVE, name: str | None = None,
    created_by: User | None = None,
) -> AISystem:  # fmt: skip
    return AISystem.objects.create(
        portfolio=portfolio,
        owner=owner,
        created_by=created_by or owner,
        kind=kind,
        name=name or f"System {next(counter)}",
        purpose="Decide on applications for a mortgage.",
        intended_use="First look at an application; a person decides.",
        affected_groups="Applicants for a mortgage",
        decisions="Approval of a mortgage",
        jurisdictions="US",
    )


def make_release(system: AISystem, version: str | None = None, by: User | None = None) -> Release:
    return Release.objects.create(
        system=system,
        version=version or f"1.{next(counter)}",
        created_by=by or system.created_by,
        change_summary="First release.",
    )


def make_file(
    *, portfolio: Portfolio, content: bytes | None = None, name: str = "data.csv",
    media_type: str = "text/csv", by: User | None = None,
) -> StoredFile:  # fmt: skip
    content = content if content is not None else DECISIONS_CSV.encode()
    sha256 = hashlib.sha256(content).hexdigest()
    path = Path(settings.FILES_ROOT) / sha256[:2] / sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(content)
    return StoredFile.objects.create(
        portfolio=portfolio,
        sha256=sha256,
        size=len(content),
        media_type=media_type,
        original_name=name,
        created_by=by,
    )


def _rows() -> str:
    """200 rows of group A (160 approved), 100 of B (50), 4 of C (1); label equals prediction
    but for ten rows of A (label 0, prediction 1)."""
    lines = ["id,race,approved,predicted"]
    number = 0
    for race, total, favourable, wrong in (("A", 200, 160, 10), ("B", 100, 50, 0), ("C", 4, 1, 0)):
        for index in range(total):
            number += 1
            predicted = int(index < favourable)
            label = 0 if index < wrong else predicted
            lines.append(f"{number},{race},{label},{predicted}")
    return "\n".join(lines) + "\n"


DECISIONS_CSV = _rows()


def make_dataset(
    *, portfolio: Portfolio, by: User, system: AISystem | None = None, content: bytes | None = None,
    name: str = "Decisions", roles: dict[str, ColumnRole] | None = None,
) -> Dataset:  # fmt: skip
    """A dataset that is profiled and has its roles: id, race (sensitive), approved, predicted."""
    file = make_file(portfolio=portfolio, content=content, by=by)
    dataset = Dataset.objects.create(
        portfolio=portfolio,
        system=system,
        name=name,
        file=file,
        format=FileFormat.CSV,
        rows=304 if content is None else None,
        state="succeeded",
        profile={},
        favourable="1",
        positive_label="1",
        outcome_word="approved",
        created_by=by,
    )
    roles = roles or {
        "id": ColumnRole.ID,
        "race": ColumnRole.SENSITIVE,
        "approved": ColumnRole.LABEL,
        "predicted": ColumnRole.PREDICTION,
    }
    for position, (column, role) in enumerate(roles.items()):
        sensitive = role == ColumnRole.SENSITIVE
        DatasetColumn.objects.create(
            dataset=dataset,
            position=position,
            name=column,
            type="VARCHAR" if sensitive else "BIGINT",
            role=role,
            purpose="Testing for discrimination" if sensitive else "",
            legal_basis="Equal Credit Opportunity Act" if sensitive else "",
        )
    return dataset


def attach(release: Release, dataset: Dataset) -> ReleaseDataset:
    return ReleaseDataset.objects.create(
        release=release, dataset=dataset, use=DatasetUse.EVALUATION
    )


def make_risk(system: AISystem, *, by: User, **columns: object) -> Risk:
    defaults: dict[str, object] = {
        "title": "Applicants are refused loans they could repay",
        "cause": "The model learns past refusals.",
        "event": "It refuses applicants who would repay.",
        "harm": "They lose a home.",
        "affected_groups": "Black and Hispanic applicants",
        "dimension": "fairness",
        "owner": system.owner,
        "inherent_likelihood": 4,
        "inherent_severity": 5,
        "created_by": by,
    }
    if columns.get("current_likelihood") is not None:
        defaults |= {"rated_by": by, "rated_at": timezone.now(), "rating_rationale": "Read."}
    risk = Risk.objects.create(system=system, **{**defaults, **columns})
    if risk.current_likelihood is not None:
        _confirm(risk)
    return risk


def _confirm(risk: Risk) -> None:
    """The rating that a risk begins with is one that a second person stands for."""
    second = make_user(Role.REVIEWER, risk.system.portfolio)
    now = timezone.now()
    RiskRating.objects.create(
        risk=risk, likelihood=risk.current_likelihood, severity=risk.current_severity,
        rationale=risk.rating_rationale or "Read.", rated_by=risk.rated_by or risk.created_by,
        rated_at=risk.rated_at or now, needs="it brings the risk within appetite",
        answer="confirmed", answered_by=second, answered_at=now, answer_note="Read as well.",
    )  # fmt: skip
