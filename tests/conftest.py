"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cache

import hypothesis
import pytest
from celery import current_app
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, TransactionTestCase

from assessments.guards import GUARDS as ASSESSMENT_GUARDS
from evaluations.guards import GUARDS as EVALUATION_GUARDS
from evaluations.guards import RUN_CHECK_GUARDS
from rai_portal.accounts.guards import GUARDS as ACCOUNT_GUARDS
from rai_portal.accounts.models import User
from rai_portal.documents.guards import GUARDS as DOCUMENT_GUARDS
from rai_portal.ledger.guards import GUARDS as LEDGER_GUARDS
from rai_portal.work import engine
from registry.guards import GUARDS as REGISTRY_GUARDS
from registry.guards import MITIGATION_GUARDS, SYSTEM_GUARDS
from registry.models import AISystem, Release
from tests.factories import People, make_people, make_release, make_system
from tests.unguarded import unguarded

# A busy machine is no counterexample.
hypothesis.settings.register_profile(
    "portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("portal")

GUARDS = (
    *ACCOUNT_GUARDS, *LEDGER_GUARDS, *DOCUMENT_GUARDS, *REGISTRY_GUARDS, *SYSTEM_GUARDS, *MITIGATION_GUARDS, *EVALUATION_GUARDS, *RUN_CHECK_GUARDS,
    *ASSESSMENT_GUARDS,
)  # fmt: skip


@pytest.fixture(autouse=True, scope="session")
def _flush_may_empty_guarded_tables() -> Iterator[None]:
    """Tests that commit are cleaned by emptying tables, which the guards refuse: lift them then."""
    original = TransactionTestCase._fixture_teardown

    def teardown(self: TransactionTestCase) -> None:
        if type(self).__name__ == "PytestDjangoTestCase" and not connection.in_atomic_block:
            with unguarded(*GUARDS):
                original(self)
        else:
            original(self)

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = original


@pytest.fixture(autouse=True, scope="session")
def _connection_outlives_a_request() -> Iterator[None]:
    """The end of an answer that sends a file closes the connection, and with it the test's rows."""
    original = BaseDatabaseWrapper.close_if_unusable_or_obsolete

    def close_between_transactions(self: BaseDatabaseWrapper) -> None:
        if not self.in_atomic_block:
            original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            BaseDatabaseWrapper, "close_if_unusable_or_obsolete", close_between_transactions
        )
        yield


@pytest.fixture(autouse=True)
def _no_heartbeat_within_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread has a connection of its own, which does not see what a test never commits."""
    monkeypatch.setattr(engine, "HEARTBEAT_SECONDS", 3600.0)


@pytest.fixture(autouse=True)
def _no_document_that_its_maker_complains_of(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """An image without a description, a font that is not loaded: WeasyPrint only logs it."""
    yield
    said = [item.getMessage() for item in caplog.get_records("call") if item.name == "weasyprint"]
    assert said == []


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def system(people: People) -> AISystem:
    return make_system(portfolio=people.portfolio, owner=people.owner, created_by=people.analyst)


@pytest.fixture
def release(people: People, system: AISystem) -> Release:
    return make_release(system, by=people.analyst)


@cache
def _import_tasks() -> None:
    """A task that nobody imported would be sent to a broker instead of done here."""
    current_app.loader.import_default_modules()


@pytest.fixture
def run_work(
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> Callable[[], AbstractContextManager[object]]:
    """Within `with run_work():` work that was submitted is done when the block ends."""
    _import_tasks()

    def context() -> AbstractContextManager[object]:
        return django_capture_on_commit_callbacks(execute=True)

    return context
