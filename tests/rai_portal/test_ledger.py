"""The ledger: every act is recorded, and nothing in it can be changed unseen."""

from __future__ import annotations

import hashlib
import json
import types

import pytest
from django.db import DatabaseError, connection, transaction

from rai_portal.ledger.guards import GUARDS
from rai_portal.ledger.models import Entry, Head, Payload
from rai_portal.ledger.services.record import LedgerError, leaf_hash, record
from rai_portal.ledger.services.verify import verify
from registry.models import AISystem
from tests.factories import People
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db


def write(people: People, system: AISystem, times: int = 3) -> None:
    for number in range(times):
        with transaction.atomic():
            record(
                actor=people.analyst, action="system.registered", subject=system,
                reason=f"Reason {number}",
            )  # fmt: skip


def without_guards(statement: str, parameters: list[object] | None = None) -> None:
    """Do what somebody with the rights of the database's owner could do."""
    with unguarded(*GUARDS), connection.cursor() as cursor:
        cursor.execute(statement, parameters or [])


def test_an_intact_chain_verifies(people, system):
    before = Head.objects.get(pk=1).sequence
    write(people, system)
    result = verify()
    assert result.intact
    assert result.entries == before + 3


def test_the_leaf_hash_is_that_of_rfc_6962():
    # RFC 6962 section 2.1: MTH({d(0)}) = SHA-256(0x00 || d(0)); for the empty leaf as published.
    assert leaf_hash(b"") == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_the_body_holds_no_name_and_no_reason(people, system):
    write(people, system, 1)
    entry = Entry.objects.first()
    assert people.analyst.name.encode() not in bytes(entry.body)
    assert b"Reason 0" not in bytes(entry.body)
    salt = entry.payload.salt
    expected = hashlib.sha256(f"{salt}\x1fReason 0".encode()).hexdigest()
    assert json.loads(bytes(entry.body))["commitments"]["reason"] == expected


def test_no_entry_outside_a_transaction(people, system, monkeypatch):
    outside = types.SimpleNamespace(in_atomic_block=False)
    monkeypatch.setattr("rai_portal.ledger.services.record.connection", outside)
    with pytest.raises(LedgerError):
        record(actor=people.analyst, action="system.registered", subject=system)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET action = 'x'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_payload SET reason = 'x'",
        "DELETE FROM ledger_head",
        "UPDATE ledger_head SET sequence = 0",
    ],
)
def test_the_database_refuses_to_change_the_ledger(people, system, statement):
    write(people, system, 2)
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert verify().intact


def test_the_database_refuses_to_replace_an_entry(people, system):
    write(people, system, 1)
    entry = Entry.objects.first()
    columns = [field.column for field in Entry._meta.concrete_fields]
    values = [getattr(entry, field.attname) for field in Entry._meta.concrete_fields]
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    marks = ", ".join(["%s"] * len(columns))
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{verb} INTO ledger_entry ({', '.join(columns)}) VALUES ({marks})", values)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "forged"),
        ("subject_id", 999_999),
        ("entry_hash", "0" * 64),
        ("previous_hash", "1" * 64),
        ("leaf_hash", "2" * 64),
        ("portfolio_id", 999_999),
        ("body", b"{}"),
    ],
)
def test_verify_names_the_first_changed_entry(people, system, column, value):
    write(people, system)
    target = Entry.objects.order_by("sequence")[Entry.objects.count() - 2]
    without_guards(
        f"UPDATE ledger_entry SET {column} = %s WHERE sequence = %s", [value, target.sequence]
    )
    result = verify()
    assert not result.intact
    assert result.first_bad == target.sequence


def test_verify_finds_a_changed_text(people, system):
    write(people, system)
    target = Payload.objects.order_by("entry_id").last()
    without_guards(
        "UPDATE ledger_payload SET reason = 'forged' WHERE entry_id = %s", [target.entry_id]
    )
    assert verify().first_bad == target.entry_id


def test_verify_finds_a_missing_middle(people, system):
    write(people, system)
    middle = Entry.objects.order_by("sequence")[Entry.objects.count() - 2]
    without_guards("DELETE FROM ledger_payload WHERE entry_id = %s", [middle.sequence])
    without_guards("DELETE FROM ledger_entry WHERE sequence = %s", [middle.sequence])
    assert verify().first_bad == middle.sequence


def test_verify_finds_a_cut_tail(people, system):
    write(people, system)
    last = Entry.objects.order_by("sequence").last()
    without_guards("DELETE FROM ledger_payload WHERE entry_id = %s", [last.sequence])
    without_guards("DELETE FROM ledger_entry WHERE sequence = %s", [last.sequence])
    result = verify()
    assert result.first_bad == last.sequence
    assert "tail" in result.damage
