"""Every rating of what is left of a risk, and the second person's word where it needs one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from rai_portal.db import ScopedQuerySet
from registry.choices import RatingAnswer
from registry.models.risk import ONE_TO_FIVE
from registry.rating_rule import Act


class RiskRatingQuerySet(ScopedQuerySet["RiskRating"]):
    """Ratings in sight."""

    portfolio_path = "risk__system__portfolio"

    def waiting(self) -> RiskRatingQuerySet:
        """Return ratings that a second person has yet to answer."""
        return self.filter(answer="").exclude(needs="")


class RiskRating(models.Model):
    """One rating act. It counts at once, or waits until a second person confirms it."""

    risk = models.ForeignKey("Risk", on_delete=models.PROTECT, related_name="ratings")
    likelihood = models.PositiveSmallIntegerField(validators=ONE_TO_FIVE)
    severity = models.PositiveSmallIntegerField(validators=ONE_TO_FIVE)
    rationale = models.TextField()
    evidence = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    rated_at = models.DateTimeField()
    needs = models.CharField(
        max_length=120, blank=True, help_text="Why a second person must confirm it; empty: none."
    )
    answer = models.CharField(max_length=10, choices=RatingAnswer.choices, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_note = models.TextField(blank=True)

    objects = RiskRatingQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(likelihood__gte=1, likelihood__lte=5, severity__gte=1, severity__lte=5),
                name="rating_one_to_five",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["", *RatingAnswer.values]), name="rating_answer_known"
            ),
            models.CheckConstraint(
                condition=~Q(answer=RatingAnswer.CONFIRMED)
                | Q(answered_by__isnull=False) & ~Q(answered_by=F("rated_by")) & ~Q(answer_note=""),
                name="rating_confirmed_by_another",
            ),
            models.UniqueConstraint(
                fields=("risk",),
                condition=Q(answer="") & ~Q(needs=""),
                name="rating_waits_once",
            ),
        )

    def __str__(self) -> str:
        return f"Rating of {self.risk}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its risk's system."""
        return self.risk.system.portfolio_id

    @property
    def waits(self) -> bool:
        """Whether a second person has yet to answer."""
        return bool(self.needs) and not self.answer

    @property
    def confirmed(self) -> bool:
        """Whether a second person stands for it."""
        by_another = self.answered_by_id is not None and self.answered_by_id != self.rated_by_id
        return self.answer == RatingAnswer.CONFIRMED and by_another

    def as_act(self) -> Act:
        """Return it as the rule reads it."""
        return Act(cell=(self.likelihood, self.severity), confirmed=self.confirmed)
