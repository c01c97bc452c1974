"""What was measured."""

from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    """The room of plans, runs and findings."""

    name = "evaluations"

    def ready(self) -> None:
        """Read what the rating of a risk rests on from runs, which the registry does not know."""
        from evaluations.services.evidence import with_basis
        from registry import risk_basis

        risk_basis.use(with_basis)
