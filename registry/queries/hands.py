"""Who had a hand in releases and risks, by act and time, for many at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Min, Q

from rai_portal.ledger.models import Entry
from registry.hands import DATASET, JUDGING, MITIGATION, MODEL, NAMED, READING, RISK, SYSTEM
from registry.models import (
    Contribution,
    Mitigation,
    Release,
    ReleaseDataset,
    Risk,
    SystemContribution,
)

type Subject = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """One kind of act of one person. at: when they first did it."""

    user_id: int
    act: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Acts by release id and by risk id."""

    in_release: Mapping[int, Sequence[Hand]]
    in_risk: Mapping[int, Sequence[Hand]]


def first_of(hands: Iterable[Hand]) -> dict[int, dt.datetime]:
    """Return person → when they first had a hand."""
    first: dict[int, dt.datetime] = {}
    for hand in hands:
        first[hand.user_id] = min(hand.at, first.get(hand.user_id, hand.at))
    return first


def hands_in(releases: Sequence[Release], risks: Sequence[Risk] | None = None) -> Hands:
    """Return who had a hand in these releases, and in the risks of their systems.

    risks: those of the systems, where the caller has read them already. The number of queries does
    not depend on how many there are.
    """
    systems = {release.system_id for release in releases}
    if risks is None:
        risks = list(Risk.objects.filter(system__in=systems))
    mitigations = dict(
        Mitigation.objects.filter(risk__in=[risk.pk for risk in risks]).values_list("pk", "risk_id")
    )
    parts = _parts(releases, risks, mitigations)
    acts = _acts({subject for of_release in parts.values() for subject in of_release})
    return Hands(
        in_release=_with_noted(releases, parts, acts, systems),
        in_risk=_of_risks(risks, mitigations, acts),
    )


def hands_in_risk(risk: Risk) -> list[Hand]:
    """Return who wrote, changed, rated, closed or linked the risk, or acted on a mitigation of it."""
    mitigations = dict.fromkeys(risk.mitigations.values_list("pk", flat=True), risk.pk)
    subjects = {(RISK, risk.pk), *((MITIGATION, pk) for pk in mitigations)}
    return list(_of_risks([risk], mitigations, _acts(subjects))[risk.pk])


def _parts(
    releases: Sequence[Release], risks: Sequence[Risk], mitigations: Mapping[int, int]
) -> dict[int, set[Subject]]:
    by_system: dict[int, set[Subject]] = defaultdict(set)
    system_of = {risk.pk: risk.system_id for risk in risks}
    for pk, system in system_of.items():
        by_system[system].add((RISK, pk))
    for pk, risk in mitigations.items():
        by_system[system_of[risk]].add((MITIGATION, pk))
    parts: dict[int, set[Subject]] = {}
    for release in releases:
        parts[release.pk] = {(SYSTEM, release.system_id), *by_system[release.system_id]}
        if release.model_id is not None:
            parts[release.pk].add((MODEL, release.model_id))
    used = ReleaseDataset.objects.filter(release__in=parts)
    for release_id, dataset_id in used.values_list("release_id", "dataset_id"):
        parts[release_id].add((DATASET, dataset_id))
    return parts


def _acts(subjects: Iterable[Subject]) -> dict[Subject, list[Hand]]:
    """Return the acts of persons about each subject, those that only read or judge left out."""
    by_type: dict[str, list[int]] = defaultdict(list)
    for subject_type, pk in subjects:
        by_type[subject_type].append(pk)
    if not by_type:
        return {}
    about = Q()
    for subject_type, ids in by_type.items():
        about |= Q(subject_type=subject_type, subject_id__in=ids)
    no_hand = Q(action__in=JUDGING)
    for ending in READING:
        no_hand |= Q(action__endswith=ending)
    rows = Entry.objects.filter(about, ~no_hand, actor__isnull=False).order_by()
    found: dict[Subject, list[Hand]] = defaultdict(list)
    for subject_type, pk, person, act, first in rows.values_list(
        "subject_type", "subject_id", "actor_id", "action"
    ).annotate(first=Min("at")):
        if person is not None:
            found[subject_type, pk].append(Hand(user_id=person, act=act, at=first))
    return found


def _with_noted(
    releases: Sequence[Release],
    parts: Mapping[int, set[Subject]],
    acts: Mapping[Subject, list[Hand]],
    systems: Iterable[int],
) -> dict[int, list[Hand]]:
    to_release = _noted(Contribution, "release_id", [release.pk for release in releases])
    to_system = _noted(SystemContribution, "system_id", list(systems))
    return {
        release.pk: sorted(
            (
                *to_release.get(release.pk, ()),
                *to_system.get(release.system_id, ()),
                *(hand for subject in parts[release.pk] for hand in acts.get(subject, ())),
            ),
            key=lambda hand: (hand.at, hand.user_id, hand.act),
        )
        for release in releases
    }


def _noted(
    model: type[Contribution | SystemContribution], key: str, ids: Sequence[int]
) -> dict[int, list[Hand]]:
    groups: dict[int, list[Hand]] = defaultdict(list)
    rows = model._default_manager.filter(**{f"{key}__in": ids}).exclude(act__in=NAMED)
    for owner, person, act, at in rows.values_list(key, "user_id", "act", "at"):
        groups[owner].append(Hand(user_id=person, act=act, at=at))
    return groups


def _of_risks(
    risks: Sequence[Risk], mitigations: Mapping[int, int], acts: Mapping[Subject, list[Hand]]
) -> dict[int, list[Hand]]:
    found = {risk.pk: list(_own(risk, acts)) for risk in risks}
    for pk, risk_id in mitigations.items():
        found[risk_id].extend(acts.get((MITIGATION, pk), ()))
    return found


def _own(risk: Risk, acts: Mapping[Subject, list[Hand]]) -> Iterator[Hand]:
    yield Hand(user_id=risk.created_by_id, act="risk.created", at=risk.created_at)
    if risk.rated_by_id is not None:
        at = risk.rated_at or risk.created_at
        yield Hand(user_id=risk.rated_by_id, act="risk.rated", at=at)
    yield from acts.get((RISK, risk.pk), ())
