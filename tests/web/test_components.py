"""The pages' components: words, shapes, numbers, strips, figures, forms and lists."""

from __future__ import annotations

import base64
import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.core.paginator import Paginator
from django.template import Context, Template, engines
from django.test import RequestFactory
from django.utils.module_loading import import_string

from rai_portal.web import numbers, palette, shapes, strips, views
from rai_portal.web.figures import page_figure, page_table
from rai_portal.web.samples import SampleForm, component_samples
from rai_portal.web.templatetags import components

EXPECTED = {
    "status": "met failed inconclusive not_estimable error running missing stale accepted "
    "not_applicable",
    "outcome": "blocked ready approved approved_with_conditions refused stale expired",
    "verdict": "pass fail inconclusive not_estimable error",
    "level": "low medium high critical",
    "tier": "1 2 3 4",
    "rating": "measured attested missing",
    "run": "queued running succeeded failed cancelled",
    "decision": "go go_with_conditions no_go",
}


def render(source: str, address: str = "/list/", **context: Any) -> str:
    request = RequestFactory().get(address)
    template = engines["django"].from_string("{% load components %}" + source)
    return " ".join(template.render(context, request).split())


def estimate(value: float, low: float, high: float, n: int = 1240) -> dict[str, Any]:
    return {"estimate": {"value": value, "low": low, "high": high, "n": n, "interval": "newcombe"}}


# Badges


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, row in EXPECTED.items() for value in row.split()]
)
def test_every_status_of_the_vocabulary_has_a_badge_with_shape_and_word(kind, value):
    html = render("{% badge kind value %}", kind=kind, value=value)
    word = re.sub(r"<[^>]*>", "", html).strip()
    assert word
    assert "<svg" in html
    assert 'aria-hidden="true"' in html


@pytest.mark.parametrize("kind", ["status", "outcome", "verdict", "rating", "run"])
def test_two_statuses_of_a_kind_never_share_both_shape_and_hue(kind):
    looks = [(face.shape, face.tone) for face in shapes.FACES[kind].values()]
    clocks = [look for look in looks if look != ("ring-clock", "unsure")]  # stale and expired
    assert len(set(clocks)) == len(clocks)


@pytest.mark.parametrize(
    ("kind", "choices"),
    [
        ("run", "rai_portal.work.choices.WorkState"),
        ("mitigation", "registry.choices.MitigationStatus"),
        ("risk", "registry.choices.RiskState"),
        ("verdict", "evaluations.choices.VerdictWord"),
        ("plan", "evaluations.choices.PlanState"),
        ("finding", "evaluations.choices.FindingState"),
        ("finding", "evaluations.choices.Severity"),
        ("decision", "assessments.choices.DecisionKind"),
        ("review", "assessments.choices.ReviewState"),
        ("signoff", "assessments.choices.SignOffOutcome"),
        ("intake", "assessments.choices.IntakeState"),
    ],
)
def test_every_state_that_the_tables_can_hold_has_a_badge(kind, choices):
    for member in import_string(choices):
        assert shapes.face(kind, member) is shapes.face(kind, member.value)


def test_every_face_names_a_shape_that_is_drawn():
    used = {face.shape for row in shapes.FACES.values() for face in row.values()}
    assert used <= set(shapes.SHAPES)


@pytest.mark.parametrize(("kind", "value"), [("verdict", "met"), ("status", ""), ("colour", "red")])
def test_an_unknown_status_is_an_error_that_names_the_known_ones(kind, value):
    with pytest.raises(shapes.UnknownStatus, match="known are"):
        render("{% badge kind value %}", kind=kind, value=value)


def test_a_status_may_come_as_a_number_or_as_its_printed_words():
    assert "Tier 2" in render("{% badge 'tier' 2 %}")
    assert "Not estimable" in render("{% badge 'verdict' 'Not estimable' %}")


def test_the_decision_on_a_gate_is_called_stale_with_its_noun():
    assert shapes.face("outcome", "stale").word == "Decision stale"


def test_a_tally_counts_what_occurs_and_leaves_out_what_does_not():
    html = render("{% tally 'status' counts 'By status' %}", counts={"failed": 2, "missing": 0})
    assert "2 failed" in html
    assert "missing" not in html
    assert 'aria-label="By status"' in html


def test_a_shape_for_documents_is_an_svg_image_in_the_light_colours():
    address = shapes.shape_data_uri("verdict", "fail")
    head, data = address.split(",")
    svg = base64.b64decode(data).decode()
    assert head == "data:image/svg+xml;base64"
    assert "#a8123c" in svg
    assert "currentColor" not in svg


# Numbers


@pytest.mark.parametrize(
    ("outcome", "limit", "text"),
    [
        (estimate(0.123, 0.05, 0.19), None, "0.12 (0.05 to 0.19)"),
        (estimate(0.258, 0.182, 0.331), 0.1, "0.26 (0.18 to 0.33)"),
        # 0.798 is below 0.80 and would be printed as 0.80
        (estimate(0.708, 0.6283, 0.798), 0.8, "0.708 (0.628 to 0.798)"),
        # 0.0992 is below 0.10 and would be printed as 0.10
        (estimate(0.1831, 0.0992, 0.2661), 0.1, "0.183 (0.099 to 0.266)"),
        # 0.0996 still reads 0.100 with three digits
        (estimate(0.15, 0.0996, 0.2), 0.1, "0.1500 (0.0996 to 0.2000)"),
        (estimate(0.05, 0.02, 0.1), 0.1, "0.05 (0.02 to 0.10)"),
        (estimate(0.11, -0.021, 0.21), 0.1, "0.11 (−0.02 to 0.21)"),
        (estimate(0.0, -0.001, 0.004), 0.1, "0.00 (0.00 to 0.00)"),
        (estimate(1234.5, 1000, 2000.25), None, "1,234.50 (1,000.00 to 2,000.25)"),
        ({"estimate": {"value": 1989.0, "n": 1989}}, None, "1,989"),
        ({"not_estimable": {"reason": "fewer than 30 rows", "n": 26}}, 0.1,
         "Not estimable: fewer than 30 rows"),
        (None, 0.1, "Not estimable: not measured"),
    ],
)  # fmt: skip
def test_an_estimate_is_printed_with_its_interval_and_no_more_digits_than_needed(
    outcome, limit, text
):
    assert numbers.estimate_text(outcome, limit) == text
    assert components.estimate(outcome, limit) == text


def test_the_denominator_follows_the_interval():
    outcome = estimate(0.12, 0.05, 0.19)
    assert numbers.estimate_text(outcome, rows=True) == "0.12 (0.05 to 0.19), 1,240 rows"
    assert numbers.estimate_text(estimate(0.1, 0.0, 0.2, n=1), rows=True).endswith(", 1 row")
    missing = {"not_estimable": {"reason": "too few", "n": 26}}
    assert numbers.estimate_text(missing, rows=True) == "Not estimable, 26 rows: too few"


def test_a_record_that_is_no_outcome_is_refused_instead_of_read_as_empty():
    with pytest.raises(ImproperlyConfigured, match="neither an estimate nor a reason"):
        numbers.read({"verdict": "pass"})


def test_an_object_with_the_same_names_is_read_like_a_record():
    reading = numbers.Reading(value=0.12, low=0.05, high=0.19, n=10)
    assert numbers.estimate_text(reading) == "0.12 (0.05 to 0.19)"


@pytest.mark.parametrize(
    ("number", "text"), [(0.1, "0.10"), (0.8, "0.80"), (0.125, "0.125"), (3, "3.00")]
)
def test_a_limit_keeps_the_digits_it_was_written_with(number, text):
    assert numbers.limit_text(number) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), ("", "–"), (True, "Yes"), (1681, "1,681"), (-5, "−5"), (0.8822, "0.882"),
        (0.0, "0.000"), (0.0000031, "0.0000031"), (-0.00012, "−0.00012"), ("White", "White"),
        (3e-12, "under 0.000000001"),
    ],
)  # fmt: skip
def test_a_cell_of_a_table_is_printed_by_its_type(value, text):
    assert numbers.cell_text(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "under 1 s"), (4, "4 s"), (125, "2 min 5 s"), (3780, "1 h 3 min"), (None, "–")],
)
def test_a_duration_is_told_in_its_largest_units(seconds, text):
    assert components.duration(seconds) == text


def test_a_moment_is_written_in_utc_and_says_so():
    at = datetime.datetime(
        2026, 11, 22, 10, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=1))
    )
    html = components.moment(at)
    assert 'datetime="2026-11-22T09:12:00Z"' in html
    assert "2026-11-22 09:12 UTC" in html


# Strips


def strip(low: float, value: float, high: float, limit: float, direction: str) -> strips.Strip:
    drawn = strips.strip_of(numbers.Reading(value=value, low=low, high=high), limit, direction)
    assert drawn is not None
    return drawn


def test_a_strip_for_at_most_has_its_limit_at_a_quarter():
    # axis 0 to 0.40: 0.18 / 0.40 = 45 %, 0.26 / 0.40 = 65 %, 0.33 / 0.40 = 82.5 %
    drawn = strip(0.18, 0.26, 0.33, 0.1, "at_most")
    assert (drawn.low, drawn.value, drawn.high, drawn.limit) == ("45.0%", "65.0%", "82.5%", "25.0%")
    assert drawn.kind == "most"


def test_a_strip_for_at_least_has_its_limit_at_three_fifths():
    # axis 0.5 to 1.0: (0.708 − 0.5) / 0.5 = 41.6 %, (0.628 − 0.5) / 0.5 = 25.6 %
    drawn = strip(0.628, 0.708, 0.798, 0.8, "at_least")
    assert (drawn.low, drawn.value, drawn.high, drawn.limit) == ("25.6%", "41.6%", "59.6%", "60.0%")
    assert drawn.kind == "least"


def test_a_strip_grows_to_hold_an_interval_below_zero_or_beyond_its_end():
    # axis −0.1 to 0.5: the limit 0.1 stands at 0.2 / 0.6 = 33.3 %
    drawn = strip(-0.1, 0.2, 0.5, 0.1, "at_most")
    assert (drawn.low, drawn.high, drawn.limit) == ("0.0%", "100.0%", "33.3%")


def test_simultaneous_bounds_are_drawn_as_a_thin_line_only_where_they_are_wider():
    reading = numbers.Reading(
        value=0.2, low=0.1, high=0.3, simultaneous_low=0.08, simultaneous_high=0.32
    )
    wide = strips.strip_of(reading, 0.1, "at_most")
    # axis 0 to 0.40: 0.08 / 0.40 = 20 %, 0.32 / 0.40 = 80 %
    assert wide is not None
    assert wide.thin == ("20.0%", "80.0%")
    assert strip(0.1, 0.2, 0.3, 0.1, "at_most").thin is None


@pytest.mark.parametrize("missing", ["low", "value", "high", "limit"])
def test_no_strip_is_drawn_where_a_number_is_missing(missing):
    facts: dict[str, Any] = {"low": 0.1, "value": 0.2, "high": 0.3, "limit": 0.1, missing: None}
    html = render("{% strip_numbers low value high limit 'at_most' %}", **facts)
    assert html == ""


def test_a_check_that_only_asks_for_a_number_has_no_strip():
    assert render("{% strip outcome None 'estimable' %}", outcome=estimate(0.1, 0.0, 0.2)) == ""


def test_a_direction_that_is_not_known_is_an_error():
    with pytest.raises(ValueError, match="at_most"):
        render("{% strip outcome 0.1 'below' %}", outcome=estimate(0.1, 0.0, 0.2))


def test_a_strip_is_hidden_from_screen_readers_and_a_large_one_names_its_limit():
    html = render("{% strip outcome 0.1 'at_most' size='lg' %}", outcome=estimate(0.26, 0.18, 0.33))
    assert html.count('aria-hidden="true"') == 2
    assert "limit 0.10" in html
    assert ">0.26<" in html


# Figures

SVG = (
    '<?xml version="1.0"?><svg class="marks" width="10"><g role="graphics-object" '
    'aria-label="inner"><path id="clip0" fill="#16202C"/><text fill="#123456">A &lt;b&gt;</text>'
    '<rect clip-path="url(#clip0)"/></g></svg>'
)


def record(**changes: Any) -> dict[str, Any]:
    return {
        "key": "group rates",
        "title": "By race",
        "specification": {"mark": "bar", "title": "</script><b>"},
        "text_alternative": 'White "0.88"',
        "table": "rates",
        **changes,
    }


RATES = {
    "key": "rates",
    "title": "Rates",
    "columns": ["Race", "Rows"],
    "rows": [["White", 1681], ["Black", None]],
}


def test_an_inline_figure_takes_theme_colours_ids_of_its_own_and_its_text_alternative():
    svg = page_figure(record(svg=SVG)).svg
    assert 'fill="var(--rai-ink)"' in svg
    assert 'fill="#123456"' in svg
    assert 'id="group-rates-clip0"' in svg
    assert "url(#group-rates-clip0)" in svg
    assert 'aria-label="White &quot;0.88&quot;"' in svg
    assert "inner" not in svg
    assert "graphics-object" not in svg


@pytest.mark.parametrize(
    "active",
    ["<script>", "<foreignObject>", '<a href="x">', '<g onclick="x">', '<image href="x"/>'],
)
def test_a_drawing_that_could_act_is_shown_as_an_image(active):
    figure = page_figure(record(svg=f"<svg>{active}</svg>"))
    assert figure.svg == ""
    assert figure.image.startswith("data:image/svg+xml;base64,")


def test_the_figure_component_shows_drawing_words_table_and_specification():
    html = render("{% figure record tables %}", record=record(svg=SVG), tables=[RATES])
    assert 'data-specification="figure-group-rates-specification"' in html
    assert '<script id="figure-group-rates-specification" type="application/json">' in html
    assert "</script><b>" not in html
    assert "View as table" in html
    assert "<td>" not in html.split("White</th>")[0]
    assert ">1,681<" in html


def test_a_figure_without_drawing_says_in_words_what_it_would_show():
    html = render("{% figure record %}", record=record(table=None))
    assert "White &quot;0.88&quot;" in html
    assert "View as table" not in html


def test_two_figures_of_one_key_are_kept_apart_by_a_prefix():
    assert page_figure(record(), prefix="run 118").id == "figure-run-118-group-rates"


def test_columns_of_numbers_stand_at_the_end_and_words_do_not():
    table = page_table(RATES)
    assert [cell.end for cell in table.columns] == [False, True]
    assert table.rows[1][1].text == "–"


# Tokens


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2", "accent") for ground in ("paper", "ground")),
    *((tone, f"{tone}-bg") for tone in ("good", "bad", "unsure", "absent", "active", "accent")),
    *((tone, "paper") for tone in ("good", "bad", "unsure", "absent")),
    *(("risk-ink", f"risk-{level}") for level in (1, 2, 3)),
    ("risk-4-ink", "risk-4"),
    ("accent-ink", "accent"),
]
MARKS = [
    *(
        (mark, "paper")
        for mark in ("line-strong", "fig-low", "fig-high", "fig-a", "fig-b", "fig-c")
    ),
    *(("ink", ground) for ground in ("good-bg", "bad-bg")),
]


def test_contrast_is_computed_as_the_standard_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("mark", "ground", "least"),
    [*((*pair, 4.5) for pair in TEXT), *((*pair, 3.0) for pair in MARKS)],
)
def test_every_pair_of_colours_can_be_read(mark, ground, least, theme):
    colours = palette.themes()[theme]
    assert contrast(colours[f"--rai-{mark}"], colours[f"--rai-{ground}"]) >= least


def test_every_colour_that_figures_use_exists_in_both_themes():
    light, dark = palette.themes()
    assert set(palette.FIGURE_TOKENS) <= set(light)
    assert set(palette.FIGURE_TOKENS) <= set(dark)


def test_every_colour_that_a_method_draws_with_is_a_token_so_that_the_dark_theme_can_exchange_it():
    sources = (Path(settings.BASE_DIR) / "evaluations" / "methods").rglob("*.py")
    drawn = {
        colour.lower()
        for source in sources
        for colour in re.findall(r"#[0-9a-fA-F]{6}\b", source.read_text(encoding="utf-8"))
    }
    assert drawn
    assert drawn <= set(palette.variables())


# Forms


def test_a_field_joins_its_label_help_and_error_to_its_control():
    form = SampleForm({"kind": "predictive"})
    html = render("{% field form.name %}", form=form)
    assert '<label class="form-label" for="id_name">' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_a_choice_of_several_is_a_fieldset_whose_legend_is_the_question():
    html = render("{% field form.effect %}", form=SampleForm())
    assert "<fieldset" in html
    assert "<legend" in html
    assert html.count('type="radio"') == 3


def test_the_summary_of_errors_links_to_each_field_and_takes_the_focus():
    html = render("{% error_summary form %}", form=SampleForm({}))
    assert "autofocus" in html
    assert 'href="#id_name"' in html
    assert "Nothing was saved yet" in html


def test_a_form_without_errors_has_no_summary():
    assert render("{% error_summary form %}", form=SampleForm()) == ""


def test_what_a_person_typed_is_escaped_everywhere():
    class Name(forms.Form):
        name = forms.CharField(max_length=2)

    hostile = "<script>alert(1)</script>"
    html = render("{% error_summary form %}{% field form.name %}", form=Name({"name": hostile}))
    assert "<script>" not in html


# Lists


def test_pages_of_a_list_keep_the_filters():
    page = Paginator(range(100), 25).page(2)
    html = render("{% pagination page 'risks' %}", "/?level=high&page=2", page=page)
    assert "26 to 50 of 100 risks" in html
    assert 'href="?level=high&amp;page=3"' in html


def test_a_filter_keeps_the_others_and_starts_at_the_first_page():
    html = render(
        "{% filter_menu 'level' 'Level' options %}",
        "/?owner=7&level=high&page=3",
        options=[("high", "High"), ("low", "Low")],
    )
    assert "Level: High" in html
    assert 'href="?owner=7&amp;level=low"' in html
    assert 'href="?owner=7"' in html


def test_a_heading_sorts_up_then_down_and_says_which():
    up = render("{% sort_header 'due' 'Due' %}", "/?sort=due")
    assert 'aria-sort="ascending"' in up
    assert 'href="?sort=-due"' in up
    assert 'href="?sort=due"' in render("{% sort_header 'due' 'Due' %}", "/?sort=-due")


def test_an_empty_list_says_so():
    html = render("{% pagination page 'risks' %}", page=Paginator([], 25).page(1))
    assert "No risks" in html


# The whole page


def test_the_page_of_components_holds_no_inline_script_handler_or_style():
    request = RequestFactory().get("/dev/components/")
    request.user = AnonymousUser()
    html = views.components(request).content.decode()
    assert "Black applicants are approved 0.26 (0.19 to 0.33)" in html
    for script in re.findall(r"<script\b[^>]*>", html):
        assert "src=" in script or 'type="application/json"' in script
    assert "<style" not in html
    assert not re.search(r"<[^>]+\son[a-z]+=", html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_progress_asks_again_until_the_run_has_ended():
    samples = component_samples()
    going = render('{% include "components/progress.html" %}', progress=samples["going"])
    ended = render('{% include "components/progress.html" %}', progress=samples["ended"])
    assert 'hx-trigger="every 1s"' in going
    assert "62 %" in going
    assert "about 8 s left" in going
    assert "hx-trigger" not in ended
    assert "Cancel" not in ended


def test_a_tag_used_outside_a_request_fails_loudly():
    template = Template("{% load components %}{% sort_header 'a' 'A' %}")
    with pytest.raises(KeyError):
        template.render(Context({}))
