"""The catalogue: records of methods, their parameters as schema, and what is refused."""

import subprocess
import sys

import jsonschema
import pytest

from evaluations.methods.catalogue import all_methods, get
from evaluations.methods.inputs import BadInput


def test_every_method_says_what_it_needs_yields_and_cannot_show():
    for spec in all_methods():
        assert spec.meaning
        assert spec.needs
        assert spec.metrics
        assert spec.limits
        assert spec.source
        assert len({metric.key for metric in spec.metrics}) == len(spec.metrics)


def test_listing_the_catalogue_imports_neither_models_nor_data_engines():
    code = (
        "import sys; from evaluations.methods.catalogue import all_methods; all_methods(); "
        "print(sorted({'shap', 'duckdb', 'pandas', 'xgboost', 'django'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_parameters_of_group_rates_make_a_valid_schema_with_their_limits():
    schema = get("fairness.group_rates").schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["minimum_group_size"] == {
        "title": "Minimum group size",
        "default": 30,
        "description": "Groups with fewer rows, and rates with fewer rows in the denominator, are "
        "listed as not estimable and never compared.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1_000_000,
    }
    assert schema["additionalProperties"] is False


def test_texts_of_a_command_become_numbers():
    parameters = get("fairness.group_rates").parse({"level": "0.975", "minimum_group_size": "10"})
    assert parameters.level == 0.975
    assert parameters.minimum_group_size == 10


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"levle": 0.9}, "no parameter 'levle'"),
        ({"level": "high"}, "level must be a number"),
        ({"level": 1.5}, "from 0.5 to 0.9999"),
        ({"level": "nan"}, "level must be a number"),
        ({"minimum_group_size": 2.5}, "must be a whole number"),
        ({"minimum_group_size": 0}, "from 1 to"),
        ({"reference": 3}, "must be a text"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_with_a_sentence(given, said):
    with pytest.raises(BadInput, match=said):
        get("fairness.group_rates").parse(given)


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match=r"no method 'fairness.magic'; there are: .*group_rates"):
        get("fairness.magic")
