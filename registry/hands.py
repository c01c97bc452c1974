"""What counts as having had a hand in a release: a person's own acts, never being named.

A release is made of its system with its risks and mitigations, its datasets and its model. Who
wrote, uploaded, rated or closed one of them has had a hand in every release that it belongs to,
whenever that release was made. The ledger keeps these acts, so they carry over by themselves; acts
that are noted apart are in Contribution and SystemContribution. `queries.hands` reads all of it;
the SQL here says the same to the database's own guards.
"""

SYSTEM = "registry.aisystem"
RISK = "registry.risk"
MITIGATION = "registry.mitigation"
DATASET = "registry.dataset"
MODEL = "registry.modelartefact"

READING = ("downloaded", "sensitive_read")
"""How acts end that only read."""
JUDGING = ("risk.rating_confirmed", "risk.rating_declined")
"""Acts of the second person who looks at what another did: a judgement, not a hand."""
MITIGATION_ACTS = ("mitigation.created", "mitigation.changed", "mitigation.status_set")
"""Acts by which a mitigation is somebody's own, so that another person verifies it."""
NAMED = ("mitigation.owned",)
"""Noted for people whom somebody else named; kept in old records, and no hand."""

_ACTED = """EXISTS (
SELECT 1 FROM ledger_entry e WHERE e.actor_id = {person} AND ({about})
AND {no_reading} AND e.action NOT IN ({judging}))"""
_SYSTEM_OF = "(SELECT l.system_id FROM registry_release l WHERE l.id = {release})"
_RISKS_OF = "SELECT k.id FROM registry_risk k WHERE k.system_id = {system}"
_MITIGATIONS_OF = "SELECT t.id FROM registry_mitigation t WHERE t.risk_id IN ({risks})"
_DATASETS_OF = "SELECT d.dataset_id FROM registry_releasedataset d WHERE d.release_id = {release}"
_MODEL_OF = "SELECT l.model_id FROM registry_release l WHERE l.id = {release}"
_NOTED = """EXISTS (
SELECT 1 FROM {table} c WHERE c.{key} = {owner} AND c.user_id = {person}
AND c.act NOT IN ({named}))"""
_WROTE = """EXISTS (
SELECT 1 FROM registry_risk k WHERE k.id = {risk}
AND (k.created_by_id = {person} OR k.rated_by_id = {person}))"""
_WORKED_ON = """EXISTS (
SELECT 1 FROM ledger_entry e WHERE e.actor_id = {person} AND e.subject_type = '{subject}'
AND e.subject_id = {mitigation} AND e.action IN ({acts}))"""


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _acted(person: str, subjects: dict[str, str]) -> str:
    about = " OR ".join(
        f"(e.subject_type = '{name}' AND e.subject_id IN ({ids}))" for name, ids in subjects.items()
    )
    no_reading = " AND ".join(f"e.action NOT LIKE '%{ending}'" for ending in READING)
    return _ACTED.format(
        person=person, about=about, no_reading=no_reading, judging=_quoted(JUDGING)
    )


def _noted(table: str, key: str, owner: str, person: str) -> str:
    return _NOTED.format(table=table, key=key, owner=owner, person=person, named=_quoted(NAMED))


def in_release(*, release: str, person: str) -> str:
    """Return SQL that is true when the person had a hand in the release; both are SQL terms."""
    system = _SYSTEM_OF.format(release=release)
    risks = _RISKS_OF.format(system=system)
    subjects = {
        SYSTEM: system,
        RISK: risks,
        MITIGATION: _MITIGATIONS_OF.format(risks=risks),
        DATASET: _DATASETS_OF.format(release=release),
        MODEL: _MODEL_OF.format(release=release),
    }
    conditions = (
        _noted("registry_contribution", "release_id", release, person),
        _noted("registry_systemcontribution", "system_id", system, person),
        _acted(person, subjects),
    )
    return f"({' OR '.join(conditions)})"


def in_risk(*, risk: str, person: str) -> str:
    """Return SQL that is true when the person had a hand in the risk or what was done about it."""
    subjects = {RISK: risk, MITIGATION: _MITIGATIONS_OF.format(risks=risk)}
    return f"({_WROTE.format(risk=risk, person=person)} OR {_acted(person, subjects)})"


def in_mitigation(*, mitigation: str, person: str) -> str:
    """Return SQL that is true when the person made the mitigation, changed it or set its status."""
    return _WORKED_ON.format(
        mitigation=mitigation, person=person, subject=MITIGATION, acts=_quoted(MITIGATION_ACTS)
    )
