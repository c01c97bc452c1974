"""Closed sets of values."""

from django.db import models


class Kind(models.TextChoices):
    """What an AI system is made of."""

    PREDICTIVE = "predictive", "Predictive model"
    HOSTED = "hosted", "Hosted foundation model"
    FINE_TUNED = "fine_tuned", "Fine-tuned model"
    RAG = "rag", "Retrieval-augmented (RAG)"
    AGENT = "agent", "Agent"


class LifecycleStage(models.TextChoices):
    """Where a system stands in its life."""

    PROPOSED = "proposed", "Proposed"
    DEVELOPMENT = "development", "In development"
    REVIEW = "review", "In review"
    LIVE = "live", "Live"
    RETIRED = "retired", "Retired"


class DatasetUse(models.TextChoices):
    """What a release uses a dataset for."""

    EVALUATION = "evaluation", "Evaluation"
    TRAINING = "training", "Training"
    REFERENCE = "reference", "Reference"


class FileFormat(models.TextChoices):
    """How rows are written."""

    CSV = "csv", "CSV"
    PARQUET = "parquet", "Parquet"


class ModelFormat(models.TextChoices):
    """How a model is written; formats that can run code are never accepted."""

    XGBOOST_JSON = "xgboost_json", "XGBoost JSON"
    XGBOOST_UBJ = "xgboost_ubj", "XGBoost UBJ"


class ColumnRole(models.TextChoices):
    """What a column is for."""

    LABEL = "label", "Label (what happened)"
    PREDICTION = "prediction", "Prediction (what was decided)"
    SCORE = "score", "Score"
    FEATURE = "feature", "Feature"
    SENSITIVE = "sensitive", "Sensitive attribute"
    ID = "id", "Identifier"
    IGNORED = "ignored", "Ignored"


class Dimension(models.TextChoices):
    """What a risk is about."""

    FAIRNESS = "fairness", "Fairness"
    RELIABILITY = "reliability", "Reliability"
    SAFETY = "safety", "Safety"
    PRIVACY = "privacy", "Privacy"
    SECURITY = "security", "Security"
    TRANSPARENCY = "transparency", "Transparency"
    ACCOUNTABILITY = "accountability", "Accountability"
    HUMAN_OVERSIGHT = "human_oversight", "Human oversight"
    ENVIRONMENT = "environment", "Environment"


class Treatment(models.TextChoices):
    """What is to be done about a risk."""

    MITIGATE = "mitigate", "Mitigate"
    AVOID = "avoid", "Avoid"
    TRANSFER = "transfer", "Transfer"
    ACCEPT = "accept", "Accept"


class RiskState(models.TextChoices):
    """Whether a risk is still watched."""

    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class RatingAnswer(models.TextChoices):
    """What became of a rating that needed a second person."""

    CONFIRMED = "confirmed", "Confirmed"
    DECLINED = "declined", "Declined"
    REPLACED = "replaced", "Replaced by a later rating"


class MitigationStatus(models.TextChoices):
    """How far an action is; only verified counts as done."""

    PLANNED = "planned", "Not started"
    IN_PROGRESS = "in_progress", "In progress"
    DONE = "done", "Done, not verified"
    VERIFIED = "verified", "Verified"
    DROPPED = "dropped", "Dropped"
