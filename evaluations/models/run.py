"""One execution by a worker: immutable once ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.choices import Direction, VerdictWord
from rai_portal.db import ScopedQuerySet
from rai_portal.work.models import WorkItem, WorkItemQuerySet

if TYPE_CHECKING:
    from rai_portal.work.engine import Workload


class RunQuerySet(WorkItemQuerySet["Run"]):
    """Runs in sight."""


class Run(WorkItem):
    """Method, inputs, parameters, seed and result. Several checks may rest on one run."""

    work_task: ClassVar[str] = "evaluations.run"

    portfolio = models.ForeignKey(
        "accounts.Portfolio", on_delete=models.PROTECT, related_name="runs"
    )
    release = models.ForeignKey(
        "registry.Release", null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    plan = models.ForeignKey(
        "EvaluationPlan", null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    checks = models.ManyToManyField(
        "evaluations.Check",
        blank=True,
        related_name="runs",
        help_text="The checks it was started for.",
    )
    title = models.CharField(max_length=160)
    method = models.CharField(max_length=80)
    method_version = models.CharField(max_length=20)
    dataset = models.ForeignKey("registry.Dataset", on_delete=models.PROTECT, related_name="runs")
    model = models.ForeignKey(
        "registry.ModelArtefact", null=True, blank=True, on_delete=models.PROTECT,
        related_name="runs",
    )  # fmt: skip
    parameters = models.JSONField(default=dict)
    inputs = models.JSONField(
        default=dict, help_text="Columns by role, favourable and positive values, as used."
    )
    seed = models.BigIntegerField()
    counts = models.BooleanField(
        default=False, help_text="Whether verdicts rest on it: its plan was locked before."
    )
    look = models.PositiveSmallIntegerField(default=1)
    scope_digest = models.CharField(max_length=64, blank=True)
    repeat_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeats"
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    result = models.JSONField(null=True, blank=True, help_text="rai-result/1")
    result_digest = models.CharField(max_length=64, blank=True)
    headline = models.TextField(blank=True)
    narrative_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    narrative_confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("release", "method", "state"), name="run_release_method"),
            models.Index(fields=("portfolio", "-id"), name="run_portfolio"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="succeeded") | (Q(result__isnull=False) & ~Q(result_digest="")),
                name="run_succeeded_with_result",
            ),
        )

    def __str__(self) -> str:
        return f"Run {self.pk}: {self.title}"

    def workload(self) -> Workload:
        """Return the execution of its method."""
        from evaluations.services.execution import ExecuteRun

        return ExecuteRun(self)


class RunVerdictQuerySet(ScopedQuerySet["RunVerdict"]):
    """Verdicts in sight."""

    portfolio_path = "run__portfolio"


class RunVerdict(models.Model):
    """What one check says of one run; numbers copied from the result, for lists and gates."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="verdicts")
    check_row = models.ForeignKey("Check", on_delete=models.PROTECT, related_name="verdicts")
    verdict = models.CharField(max_length=14, choices=VerdictWord.choices)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    threshold = models.FloatField(null=True, blank=True)
    value = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    simultaneous_low = models.FloatField(null=True, blank=True)
    simultaneous_high = models.FloatField(null=True, blank=True)
    n = models.PositiveBigIntegerField(default=0)
    pair = models.CharField(max_length=200, blank=True)
    bound = models.FloatField(
        null=True,
        blank=True,
        help_text="What was compared with the limit. None before it was stored apart: then an end "
        "of low to high.",
    )
    decided = models.TextField(
        blank=True, help_text="Whose bound decided, where low to high alone do not show it."
    )
    sentence = models.TextField()
    needs = models.TextField(blank=True, help_text="What would settle it.")

    objects = RunVerdictQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("run", "check_row"), name="verdict_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=VerdictWord.values), name="verdict_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.check_row}: {self.verdict}"
