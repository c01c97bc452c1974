import pytest

from rai_portal.errors import Conflict, NotAllowed, Refused
from registry.models import AISystem, InventoryImport
from registry.services.imports import apply_import, read_inventory

HEADER = "name,kind,owner_email,purpose,stage"


def read(people, *lines, header=HEADER, actor=None):
    text = "\n".join([header, *lines]) + "\n"
    return read_inventory(
        actor=actor or people.analyst, portfolio=people.portfolio, chunks=[text.encode()],
        file_name="inventory.csv",
    )  # fmt: skip


def good(people, name="Claims triage"):
    return f"{name},predictive,{people.owner.email},Sort claims,live"


def test_reading_shows_errors_by_line_and_registers_nothing(people, system):
    inventory = read(
        people,
        good(people),
        f"Chat,magic,{people.owner.email},Talk,",
        ",agent,nobody@example.org,,live",
        f"{system.name},agent,{people.stranger.email},Again,retired",
        good(people),
    )
    errors = [(error["line"], error["column"]) for error in inventory.errors]
    assert errors == [
        (3, "kind"), (4, "name"), (4, "purpose"), (4, "owner_email"), (5, "name"),
        (5, "owner_email"), (6, "name"),
    ]  # fmt: skip
    assert AISystem.objects.count() == 1
    assert "line 2 has it too" in inventory.errors[-1]["message"]


def test_good_lines_are_registered_once(people):
    inventory = read(people, good(people), "x,y,z,w,")
    systems = apply_import(actor=people.analyst, inventory=inventory)
    assert [(s.name, s.owner, s.stage) for s in systems] == [
        ("Claims triage", people.owner, "live")
    ]
    with pytest.raises(Conflict, match="applied already"):
        apply_import(actor=people.analyst, inventory=inventory)
    assert AISystem.objects.count() == 1


def test_all_lines_are_registered_or_none(people):
    inventory = read(people, good(people, "A"), good(people, "B"))
    AISystem.objects.create(
        portfolio=people.portfolio, name="B", kind="rag", owner=people.owner, purpose="x",
        created_by=people.owner,
    )  # fmt: skip
    with pytest.raises(Refused, match=r"Line 3: .*has a system of that name already"):
        apply_import(actor=people.analyst, inventory=inventory)
    assert not AISystem.objects.filter(name="A").exists()
    inventory.refresh_from_db()
    assert inventory.applied_at is None


def test_kind_and_stage_may_be_written_as_labels(people):
    inventory = read(people, f"A,Predictive model,{people.owner.email.upper()},x,In development")
    system = apply_import(actor=people.analyst, inventory=inventory)[0]
    assert (system.kind, system.stage) == ("predictive", "development")


@pytest.mark.parametrize(
    ("header", "line", "sentence"),
    [
        ("name,kind", "a,b", "lacks owner_email, purpose"),
        (HEADER + ",evil", "a,b,c,d,e,f", "has evil, which the template does not"),
        (HEADER, "a,b", "Line 2 has 2 values where the header has 5"),
        (HEADER, '"a,b,c,d,e', "quotation mark"),
    ],
)
def test_a_hostile_file_is_a_sentence_and_nothing_is_kept(people, header, line, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        read(people, line, header=header)
    assert refusal.value.field == "file"
    assert not InventoryImport.objects.exists()


def test_a_file_in_another_encoding_is_a_sentence(people):
    with pytest.raises(Refused, match="not UTF-8"):
        read_inventory(
            actor=people.analyst, portfolio=people.portfolio,
            chunks=[f"{HEADER}\nCaf\xe9,a,b,c,d\n".encode("latin-1")], file_name="x.csv",
        )  # fmt: skip


def test_formulas_are_taken_as_text_and_line_numbers_survive_line_breaks(people):
    inventory = read(people, f'"=cmd|x\nsecond",agent,{people.owner.email},p,', "bad,,,,")
    assert inventory.rows[0]["name"] == "=cmd|x\nsecond"
    assert {error["line"] for error in inventory.errors} == {4}


@pytest.mark.parametrize("role", ["auditor", "reviewer", "stranger"])
def test_others_import_nothing(people, role):
    with pytest.raises(NotAllowed):
        read(people, good(people), actor=getattr(people, role))
    inventory = read(people, good(people))
    with pytest.raises(NotAllowed):
        apply_import(actor=getattr(people, role), inventory=inventory)
