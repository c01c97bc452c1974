"""What the people of the demo write: descriptions, answers and documents; never a result."""

from __future__ import annotations

from assessments.demo.mortgage import CUT_OFF
from assessments.services.templates import HEADINGS, MARK

MORTGAGE = {
    "name": "Mortgage pre-approval",
    "purpose": "Say within minutes whether an application for a mortgage can be pre-approved.",
    "intended_use": (
        "First look at complete applications for owner-occupied homes in the Boston area. A "
        "lending officer looks at every case before the answer goes out."
    ),
    "out_of_scope_uses": (
        "Pricing, setting the amount, business loans, refinancing, and any market or period other "
        "than the one the data come from."
    ),
    "affected_groups": "Applicants and co-applicants for a mortgage; Black and Hispanic applicants",
    "users": "Lending officers",
    "decisions": "Pre-approval of a mortgage",
    "jurisdictions": "US, Massachusetts",
}
MORTGAGE_ANSWERS = {
    "areas": ["credit"], "decision_role": ["recommends"], "oversight": ["every_case"],
    "people_affected": ["under_10000"], "reversibility": ["with_effort"], "children": ["no"],
    "groups": ["known"], "personal_data": ["personal"], "origin": ["ourselves"],
    "exposure": ["staff"], "actions": ["nothing"], "generates": ["nothing"], "reasons": ["told"],
    "change": ["releases"], "compute": ["little"],
}  # fmt: skip
PLAIN_SUMMARY = (
    "First release: gradient-boosted trees trained on past decisions of lenders. Race, sex and "
    f"marital status are not among the features. One cut-off of {CUT_OFF:.2f} for everybody."
)
REWEIGHED_SUMMARY = (
    "Mitigation: training rows reweighed so that race and approval are independent in training "
    "(Kamiran and Calders, 2012). Race is used in training only. At the time of decision every "
    f"applicant meets the same model and the same cut-off of {CUT_OFF:.2f}; a cut-off of its own "
    "for each group would be disparate treatment in lending and was not considered."
)
SENSITIVE_PURPOSE = "Testing for discrimination in lending"
SENSITIVE_BASIS = "Regulation B, 12 CFR 1002.5(b): self-testing; Fair Housing Act"

DOCUMENTS = {
    "datasheet": (
        "To test whether mortgage lending differed by race; collected by the Federal Reserve Bank "
        "of Boston in 1990 under the Home Mortgage Disclosure Act, with further questions.",
        "One application for a mortgage; 1,989 rows in the table as packaged.",
        "People who never applied; every market but Boston; every year but 1990.",
        "Race and sex, to test for discrimination, under Regulation B, 12 CFR 1002.5(b). Marital "
        "status is in the file and not used.",
        "The label is what the lender decided, not whether the loan was repaid. It carries "
        "whatever was wrong with those decisions.",
        "Columns known only through or after the decision are left out of the features. Race is "
        "made from the columns white, black and hispan. Codes for missing values became missing.",
        "Pricing, amounts, other markets, or any statement about one person.",
        "The lending team keeps them as long as a release rests on them; ask the system's owner.",
    ),
    "contest_procedure": (
        "The letter of refusal says so in its second paragraph, with the address.",
        "By letter, telephone or at the branch, within 30 days.",
        "A lending officer who did not see the case and who can overturn every answer.",
        "Within ten working days, with the reasons in writing.",
    ),
    "fallback_procedure": (
        "Manual underwriting, as before; open applications are decided by officers, oldest first.",
        "Any lead of the lending team, by one setting that takes effect at once.",
        "On a test day with 40 applications; all were decided within the usual two days.",
    ),
    "monitoring_plan": (
        "Approval rate and gap by race and sex with intervals, and the distribution of scores, "
        "from the decisions of each month.",
        "Monthly, by the responsible-AI analyst.",
        "The gap's interval lies beyond 0.10, or the population stability index of scores passes "
        "0.2.",
        "The owner, who acts within five working days; after two alerts the system is switched off.",
        "After any alert, after a change of the data's source, and each year.",
    ),
}
"""Document → what stands under its headings, in their order. What is not here stays missing."""


def written(document: str, answers: tuple[str, ...]) -> str:
    """Return the document's text: each heading with its answer."""
    headings = HEADINGS[document]
    parts = (f"{MARK}{heading}\n{text}" for heading, text in zip(headings, answers, strict=True))
    return "\n\n".join(parts)


SIGN_OFFS = {
    "privacy": (
        "Read the datasheet and the roles of columns: sensitive columns are used for testing only, "
        "with purpose and legal basis stated."
    ),
    "legal": (
        "Read the change summary and the plan: no group-specific treatment at the time of "
        "decision. The measured gaps are for the board to weigh; they are not settled by this "
        "signature."
    ),
    "validation": (
        "Repeated the runs from their inputs and compared the digests; read the limits of the data."
    ),
}

ASSISTANT = {
    "name": "Support assistant",
    "purpose": "Answer customers' questions about products from the help centre's articles.",
    "intended_use": "Chat for customers who are signed in; hands over to a person on request.",
    "out_of_scope_uses": "Advice on credit, complaints, and any change to an account.",
    "affected_groups": "Customers who ask for help; customers with little English",
    "users": "Customers, support staff",
    "decisions": "None; it informs",
    "jurisdictions": "US",
}
ASSISTANT_ANSWERS = {
    "areas": ["customer_service"], "decision_role": ["informs"], "oversight": ["sample"],
    "people_affected": ["under_1000000"], "reversibility": ["easily"], "children": ["unknown"],
    "groups": ["possible"], "personal_data": ["personal"], "origin": ["documented_supplier"],
    "exposure": ["customers"], "actions": ["reads"], "generates": ["direct"], "reasons": ["told"],
    "change": ["supplier_changes"], "compute": ["little"],
}  # fmt: skip

ROOMS = {
    "name": "Meeting-room demand",
    "purpose": "Forecast how many meeting rooms are needed next week, to plan cleaning.",
    "intended_use": "Weekly planning by the workplace team.",
    "out_of_scope_uses": "Judging people or teams by their bookings.",
    "affected_groups": "Nobody is affected as a person",
    "users": "Workplace team",
    "decisions": "Cleaning plan",
    "jurisdictions": "US",
}
ROOMS_ANSWERS = {
    "areas": ["internal_work"], "decision_role": ["informs"], "oversight": ["every_case"],
    "people_affected": ["under_10000"], "reversibility": ["easily"], "children": ["no"],
    "groups": ["no_people"], "personal_data": ["none"], "origin": ["ourselves"],
    "exposure": ["staff"], "actions": ["nothing"], "generates": ["nothing"], "reasons": ["told"],
    "change": ["releases"], "compute": ["little"],
}  # fmt: skip
ROOMS_DOCUMENTS = {
    "owner_attestation": (
        "It forecasts how many rooms are booked next week, and plans cleaning and nothing else.",
        "I answer for it; the workplace team's mailbox reaches me, and the plan can be changed by "
        "hand at any time.",
    ),
    "data_note": (
        "Bookings by room and day of the last two years, from the booking system, without names.",
        "Meetings that nobody booked; weeks with public holidays are marked.",
    ),
}

RISK_WORDS = (
    "title", "cause", "event", "harm", "affected_groups", "dimension", "inherent", "target",
)  # fmt: skip


def risk(*words: object) -> dict[str, object]:
    """Return one risk as the demo's analyst writes it; ratings are (likelihood, severity)."""
    return dict(zip(RISK_WORDS, words, strict=True))


DISPARITY = risk(
    "Loans refused to Black and Hispanic applicants who could repay",
    "The model learns from past decisions of lenders, in which approval differed by race.",
    "It recommends refusal more often for Black and Hispanic applicants with like means.",
    "They lose a home or pay more elsewhere; the lender breaks fair-lending law.",
    "Black and Hispanic applicants", "fairness", (4, 5), (2, 5),
)  # fmt: skip
PAST = risk(
    "Past refusals are learned and repeated",
    "The label is what lenders decided, not whether the loan was repaid.",
    "A model that predicts the label well carries past refusals on.",
    "Applicants who would have repaid stay refused, and data never show it.",
    "Applicants refused in the past", "reliability", (4, 4), (3, 3),
)  # fmt: skip
PROXY = risk(
    "Features stand in for race",
    "Credit history, loan-to-price ratio and obligations differ between groups.",
    "Scores fall for a group through features that go with race.",
    "Applicants are refused for what goes with their group.",
    "Black and Hispanic applicants", "fairness", (3, 4), (2, 3),
)  # fmt: skip
REASONS = risk(
    "Declined applicants cannot tell why",
    "Reasons are drawn from attributions that nobody has read against cases.",
    "A reason given does not match what decided the case.",
    "The applicant cannot correct a mistake or answer.",
    "Declined applicants", "transparency", (3, 3), (2, 2),
)  # fmt: skip
ROOMS_RISK = risk(
    "Rooms are cleaned late",
    "The forecast is too low in a week with many visitors.",
    "Fewer cleaners are planned than rooms are used.",
    "Staff find a room that was not cleaned yet.",
    "Staff", "reliability", (3, 1), (2, 1),
)  # fmt: skip
ROOMS_RATING = (
    "The plan is changed by hand within the hour when a room is reported; that has happened about "
    "once a month. Nobody is affected beyond a wait."
)
PROXY_RATING = (
    "No check with a limit measures this yet, so nothing lowers it. That attributions add up says "
    "only that the arithmetic is right; how far they differ by race is reported, without a limit."
)
MORTGAGE_RISKS = (DISPARITY, PAST, PROXY, REASONS)
ASSISTANT_RISKS = (
    risk(
        "Wrong answers that sound right", "Retrieval misses, and the model fills the gap.",
        "A customer is told something the articles do not say.",
        "The customer acts on it and loses money or time.", "Customers who ask for help",
        "reliability", (4, 3), (2, 3),
    ),
    risk(
        "Instructions hidden in retrieved text", "Articles and messages enter the prompt.",
        "Planted text makes the assistant reveal or claim what it should not.",
        "Another customer's data are shown.", "Customers", "security", (3, 4), (2, 3),
    ),
    risk(
        "Customers with little English are helped worse", "Articles exist in English only.",
        "Questions in other languages are answered worse or not at all.",
        "They wait longer, or give up.", "Customers with little English", "fairness", (4, 2),
        (2, 2),
    ),
)  # fmt: skip
