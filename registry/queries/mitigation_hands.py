"""Whose own a mitigation is: told by the ledger, since a row can be given away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rai_portal.ledger.models import Entry
from registry.hands import MITIGATION, MITIGATION_ACTS

if TYPE_CHECKING:
    from registry.models import Mitigation


def own_people_of(mitigation: Mitigation) -> frozenset[int]:
    """Return who made it, ever owned it, changed it or set its status.

    Verifying it and taking a verification back are judgements of a second person.
    """
    people = {mitigation.created_by_id, mitigation.owner_id}
    acts = Entry.objects.filter(
        subject_type=MITIGATION, subject_id=mitigation.pk, action__in=MITIGATION_ACTS
    )
    for row in acts.order_by().values_list(
        "actor_id", "payload__before__owner_id", "payload__after__owner_id"
    ):
        people.update(person for person in row if person is not None)
    return frozenset(people)
