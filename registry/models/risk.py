"""What could go wrong, for whom, and how much of it is left."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from rai_portal.db import ScopedQuerySet
from registry.choices import Dimension, RiskState, Treatment

ONE_TO_FIVE = (MinValueValidator(1), MaxValueValidator(5))


class RiskQuerySet(ScopedQuerySet["Risk"]):
    """Risks in sight."""

    portfolio_path = "system__portfolio"

    def open(self) -> RiskQuerySet:
        """Return risks that are still watched."""
        return self.filter(state=RiskState.OPEN)

    def with_score(self) -> RiskQuerySet:
        """Annotate `score`: the current one, or the inherent one where nothing was rated.

        A risk that nobody rated is taken at its worst, never left out.
        """
        inherent = F("inherent_likelihood") * F("inherent_severity")
        return self.annotate(score=Coalesce("current_score", inherent))

    def overdue(self, *, today: dt.date) -> RiskQuerySet:
        """Return open risks whose day has passed."""
        return self.open().filter(due_date__lt=today)


def _within(*names: str) -> Q:
    condition = Q()
    for name in names:
        condition &= Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 1, f"{name}__lte": 5})
    return condition


class Risk(models.Model):
    """Cause, event and harm to somebody. The current rating is the residual one that counts.

    A rating that waits for a second person is a row of `RiskRating` and not yet the current one.
    Whether the current one is measured, attested or missing follows from its evidence: a verdict
    linked in `evaluations`, a person with a rationale, or nothing.
    """

    system = models.ForeignKey("AISystem", on_delete=models.PROTECT, related_name="risks")
    release = models.ForeignKey(
        "Release", null=True, blank=True, on_delete=models.PROTECT, related_name="risks",
        help_text="The release it was found in; it stays with the system.",
    )  # fmt: skip
    title = models.CharField(max_length=160)
    cause = models.TextField()
    event = models.TextField()
    harm = models.TextField()
    affected_groups = models.CharField(max_length=300)
    dimension = models.CharField(max_length=16, choices=Dimension.choices)
    treatment = models.CharField(
        max_length=10, choices=Treatment.choices, default=Treatment.MITIGATE
    )
    state = models.CharField(max_length=10, choices=RiskState.choices, default=RiskState.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_risks"
    )
    due_date = models.DateField(null=True, blank=True)

    inherent_likelihood = models.PositiveSmallIntegerField(validators=ONE_TO_FIVE)
    inherent_severity = models.PositiveSmallIntegerField(validators=ONE_TO_FIVE)
    current_likelihood = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=ONE_TO_FIVE
    )
    current_severity = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=ONE_TO_FIVE
    )
    target_likelihood = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=ONE_TO_FIVE
    )
    target_severity = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=ONE_TO_FIVE
    )
    current_score = models.GeneratedField(
        expression=F("current_likelihood") * F("current_severity"),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    rated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rated_at = models.DateTimeField(null=True, blank=True)
    rating_rationale = models.TextField(blank=True)
    rating_evidence = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_reason = models.TextField(blank=True)

    objects = RiskQuerySet.as_manager()

    class Meta:
        ordering = (F("current_score").desc(nulls_first=True), "-pk")
        indexes = (
            models.Index(fields=("system", "state"), name="risk_system_state"),
            models.Index(fields=("state", "dimension"), name="risk_state_dimension"),
            models.Index(
                fields=("current_likelihood", "current_severity"), name="risk_current_cell"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(dimension__in=Dimension.values), name="risk_dimension_known"
            ),
            models.CheckConstraint(
                condition=Q(treatment__in=Treatment.values), name="risk_treatment_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=RiskState.values), name="risk_state_known"
            ),
            models.CheckConstraint(
                condition=_within(
                    "inherent_likelihood",
                    "inherent_severity",
                    "current_likelihood",
                    "current_severity",
                    "target_likelihood",
                    "target_severity",
                ),
                name="risk_ratings_one_to_five",
            ),
            models.CheckConstraint(
                condition=(
                    Q(current_likelihood__isnull=True, current_severity__isnull=True)
                    | Q(current_likelihood__isnull=False, current_severity__isnull=False)
                    & Q(rated_by__isnull=False)
                ),
                name="risk_rating_whole_and_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def code(self) -> str:
        """How people name it: R-31."""
        return f"R-{self.pk}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.system.portfolio_id

    @property
    def score_now(self) -> int:
        """Product of the current rating, or of the inherent one where nothing was rated."""
        if self.current_likelihood and self.current_severity:
            return self.current_likelihood * self.current_severity
        return self.inherent_likelihood * self.inherent_severity
