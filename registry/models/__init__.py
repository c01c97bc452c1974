"""Systems, releases, data, models, risks, mitigations."""

from registry.models.artefact import ModelArtefact
from registry.models.dataset import Dataset, DatasetColumn
from registry.models.inventory import InventoryImport
from registry.models.leak_check import LeakCheck
from registry.models.mitigation import Mitigation
from registry.models.rating import RiskRating
from registry.models.release import Contribution, Release, ReleaseDataset, SystemContribution
from registry.models.risk import Risk
from registry.models.system import AISystem

__all__ = [
    "AISystem",
    "Contribution",
    "Dataset",
    "DatasetColumn",
    "InventoryImport",
    "LeakCheck",
    "Mitigation",
    "ModelArtefact",
    "Release",
    "ReleaseDataset",
    "Risk",
    "RiskRating",
    "SystemContribution",
]
