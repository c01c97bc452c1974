"""Published policies: read once in a process, and the packaged one published where none is."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from assessments.models import PolicyVersion
from assessments.policies import shipped_text
from assessments.rules.policy import PolicyError, load_policy
from assessments.rules.policy_data import Policy
from rai_portal.errors import Refused
from rai_portal.ledger.models import Entry, Head
from rai_portal.ledger.services.record import record

_parsed: dict[str, Policy] = {}


def policy_of(version: PolicyVersion) -> Policy:
    """Return the parsed policy; raises PolicyError when its text is not what was published."""
    known = _parsed.get(version.digest)
    if known is not None:
        return known
    policy = load_policy(version.text)
    if policy.digest != version.digest:
        message = f"The text of policy {version.number} is not the text that was published."
        raise PolicyError(message)
    _parsed[version.digest] = policy
    return policy


def current_version() -> PolicyVersion | None:
    """Return the newest published version."""
    return PolicyVersion.objects.defer("text").order_by("-number").first()


def require_current() -> PolicyVersion:
    """Return the newest published version, or refuse with what to do."""
    version = current_version()
    if version is None:
        message = (
            "No policy is published yet, so nothing can be tiered. Nothing was changed. Ask an "
            "administrator to run the migrations, which publish the packaged policy."
        )
        raise Refused(message)
    return version


@transaction.atomic
def publish_packaged() -> PolicyVersion | None:
    """Publish the packaged policy when none is published; return it, or None."""
    if PolicyVersion.objects.exists():
        return None
    if not Entry.objects.exists():
        Head.objects.get_or_create(pk=1)
    text = shipped_text()
    policy = load_policy(text)
    version = PolicyVersion.objects.create(
        number=int(policy.version),
        title=policy.title,
        text=text,
        digest=policy.digest,
        published_at=timezone.now(),
    )
    record(actor=None, action="policy.published", subject=version)
    return version
