"""Lists hold their number of queries whether they show ten rows of ten or of a thousand."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.models import AISystem, Dataset, Mitigation, Release, Risk
from tests.factories import make_file

BUDGETS = {
    "system_list": 15,
    "risk_list": 15,
    "dataset_list": 15,
    "/api/v1/systems/": 15,
    "/api/v1/releases/": 15,
    "/api/v1/risks/": 15,
    "/api/v1/mitigations/": 15,
    "/api/v1/datasets/": 15,
}


def fill(people, begin, end):
    home = {"portfolio": people.portfolio, "created_by": people.analyst}
    systems = AISystem.objects.bulk_create(
        AISystem(**home, name=f"System {n:04}", kind="rag", owner=people.owner, purpose="x")
        for n in range(begin, end)
    )
    Release.objects.bulk_create(
        Release(system=system, version="1.0", created_by=people.analyst) for system in systems
    )
    risks = Risk.objects.bulk_create(
        Risk(
            system=system, title="Risk", cause="c", event="e", harm="h", affected_groups="g",
            dimension="fairness", owner=people.owner, inherent_likelihood=1 + n % 5,
            inherent_severity=1 + n % 4, created_by=people.analyst,
        )
        for n, system in enumerate(systems)
    )  # fmt: skip
    Mitigation.objects.bulk_create(
        Mitigation(risk=risk, title="Do", owner=people.owner, created_by=people.analyst)
        for risk in risks
    )
    file = make_file(portfolio=people.portfolio, by=people.analyst)
    Dataset.objects.bulk_create(
        Dataset(**home, system=system, name="Rows", file=file, format="csv") for system in systems
    )


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", BUDGETS)
def test_a_list_costs_the_same_at_10_and_at_1000_rows(people, client_for, name):
    client = client_for(people.analyst)
    url = name if name.startswith("/") else reverse(name)
    fill(people, 0, 10)
    few = queries(client, url)
    fill(people, 10, 1000)
    many = queries(client, url)
    assert many <= few <= BUDGETS[name]
