"""The KPI types Mandate knows, what each may prove, and the linter that recognises output dressed up as outcome.

A type's `lag_days` is how long after its end a judging period may still change at the usual source. Both languages'
names live here, beside the judgement, because a name is what a person chooses by.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class MetricClass(StrEnum):
    """What a KPI may be used for. SCOPED is an outcome only for a target that names a page set and a value."""

    OUTCOME = "O"
    SCOPED = "O*"
    LEADING = "L"
    GUARDRAIL = "G"
    ADOPTION = "A"
    OUTPUT = "V"


class Chain(StrEnum):
    """The way money is made or saved. One valued target per chain, so leads and their revenue never both count."""

    DEMAND = "Demand"
    EFFORT = "Effort"
    QUALITY = "Quality"
    NONE = "none"


class Kind(StrEnum):
    """What one number is. A ratio is stored as numerator and denominator."""

    COUNT = "count"
    RATIO = "ratio"
    MONEY = "money"
    HOURS = "hours"
    DAYS = "days"
    POSITION = "position"


class Direction(StrEnum):
    """Which way is good, or for guardrails where the fence stands."""

    UP = "up"
    DOWN = "down"
    NOT_BELOW = "not_below"  # may fall by `margin`, a share of the baseline
    NOT_BELOW_POINTS = "not_below_points"  # may fall by `margin`, in points of the ratio itself
    NOT_ABOVE = "not_above"  # `margin` is a ceiling
    BAND = "band"  # good between the two ends of `band`


class Grain(StrEnum):
    """Length of a period. Values are stored by day, week or month and judged by week or month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class MetricType:
    """One entry of the catalogue. `margin` and `band` are fractions (0.05 is 5 %); a ceiling on a count is a count."""

    key: str
    english: str
    dutch: str
    kind: Kind
    direction: Direction
    metric_class: MetricClass
    chain: Chain
    grain: Grain
    lag_days: int
    margin: float | None = None
    band: tuple[float, float] | None = None

    @property
    def is_outcome(self) -> bool:
        """Whether it can be a primary target at all (SCOPED still needs page set and value)."""
        return self.metric_class in OUTCOME_CLASSES

    @property
    def lower_is_better(self) -> bool:
        return self.direction in (Direction.DOWN, Direction.NOT_ABOVE)


OUTCOME_CLASSES = frozenset({MetricClass.OUTCOME, MetricClass.SCOPED})

_KINDS = {
    "n": Kind.COUNT,
    "r": Kind.RATIO,
    "€": Kind.MONEY,
    "h": Kind.HOURS,
    "d": Kind.DAYS,
    "p": Kind.POSITION,
}
_DIRECTIONS = {
    "↑": Direction.UP,
    "↓": Direction.DOWN,
    "≥": Direction.NOT_BELOW,
    "≤": Direction.NOT_ABOVE,
    "": Direction.BAND,
}
_CHAINS = {"D": Chain.DEMAND, "E": Chain.EFFORT, "Q": Chain.QUALITY, "": Chain.NONE}
_GRAINS = {"w": Grain.WEEK, "m": Grain.MONTH}
_CODE = re.compile(r"([nr€hdp])([↑↓≥≤]?)(?:(\d+-)?(\d+)(%|pp)?)? (O\*|[OLGAV])(?:·([DEQ]))? ([wm])(\d+)")

# key; English; Dutch; kind and direction (with margin or band), class and chain, judging grain and lag in days
_TABLE = """
organic_leads; qualified organic leads; gekwalificeerde organische leads; n↑ O·D w1
organic_mql_sql_rate; lead-to-SQL rate; lead-naar-SQL-ratio; r↑ O m7
organic_conversions; organic conversions; organische conversies; n↑ O·D w1
organic_cvr; organic conversion rate; organisch conversiepercentage; r↑ O w1
organic_revenue; organic revenue; organische omzet; €↑ O·D w2
organic_margin; organic gross margin; organische brutomarge; €↑ O·D m5
pipeline_value; attributed pipeline; toegerekende pijplijnwaarde; €↑ O·D m5
cost_per_lead; cost per lead; kosten per lead; €↓ O m5
money_page_clicks; non-brand clicks, key pages; merkloze kliks, kernpagina's; n↑ O*·D w3
money_page_sessions; organic sessions, key pages; organische sessies, kernpagina's; n↑ O*·D w1
hours_saved; verified hours saved; aantoonbaar bespaarde uren; h↑ O·E w0
cycle_time_publish; brief-to-publish time; doorlooptijd tot publicatie; d↓ O*·E w0
error_cost; cost of corrected errors; herstelkosten van fouten; €↓ O·Q m0
nonbrand_impressions; non-brand impressions; merkloze vertoningen; n↑ L w3
ctr_key_queries; CTR by position band; CTR per positieband; r↑ L w3
top3_share; key queries in top 3; kernzoekopdrachten in top 3; r↑ L w1
avg_position; average position; gemiddelde positie; p↓ L w3
index_coverage; indexed share; geïndexeerd aandeel; r↑ L w3
content_decay_recovered; decayed pages recovered; herstelde verouderde pagina's; r↑ L m3
ai_visibility_rate; AI answer visibility; zichtbaarheid in AI-antwoorden; r↑ L w0
ai_citation_rate; AI answer citations; bronvermeldingen in AI-antwoorden; r↑ L w0
ai_share_of_voice; AI share of voice; merkaandeel in AI-antwoorden; r↑ L w0
ai_answer_accuracy; correct AI brand facts; juiste merkfeiten in AI; r↑ L m0
ai_referral_conversions; AI referral conversions; conversies via AI-verwijzingen; n↑ O·D w1
gsc_genai_impressions; generative-AI impressions; generatieve-AI-vertoningen; n↑ L w3
ref_domains_relevant; new relevant referring domains; nieuwe relevante verwijzende domeinen; n↑ L m7
brand_awareness; surveyed brand awareness; gemeten merkbekendheid; r↑ O m0
brand_mentions; new brand mentions; nieuwe merkvermeldingen; n↑ L m7
mention_to_link_rate; mentions turned into links; vermeldingen omgezet in links; r↑ L m7
branded_search; branded clicks; kliks op merkzoekopdrachten; n↑ L w3
g_nonbrand_clicks_site; site-wide non-brand clicks; merkloze kliks, hele site; n≥5% G w3
g_money_cvr; money-page conversion; conversie geldpagina's; r≥3% G w1
g_cwv_pass; Core Web Vitals share; aandeel goede Core Web Vitals; r≥2pp G m28
g_factual_error_rate; errors per AI page; fouten per AI-pagina; r≤2% G w0
g_brand_complaints; brand, legal complaints; merk- en juridische klachten; n≤0 G w0
adoption_rate; active staff share; aandeel actieve medewerkers; r↑ A w0
ai_acceptance; accepted AI recommendations; overgenomen AI-aanbevelingen; r70-95% A w0
backlinks_total; backlinks; backlinks; n↑ V w0
links_requested; links requested; linkverzoeken; n↑ V w0
articles_generated; articles generated; gegenereerde artikelen; n↑ V w0
words_generated; words generated; woorden; n↑ V w0
prompts_run; prompts run; prompts; n↑ V w0
keywords_found; keywords found; zoekwoorden; n↑ V w0
titles_rewritten; titles rewritten; titels; n↑ V w0
pages_published; pages published; pagina's; n↑ V w0
tools_in_use; tools in use; tools; n↑ V w0
domain_authority; domain authority; domeinautoriteit; n↑ V w0
"""


def _entry(line: str) -> MetricType:
    key, english, dutch, code = line.split("; ")
    found = _CODE.fullmatch(code)
    if found is None:
        raise ValueError(f"{key}: cannot read {code!r}")
    kind, sign, lower, number, unit, metric_class, chain, grain, lag = found.groups(default="")
    scale = 100 if unit else 1
    return MetricType(
        key=key,
        english=english,
        dutch=dutch,
        kind=_KINDS[kind],
        direction=Direction.NOT_BELOW_POINTS if unit == "pp" else _DIRECTIONS[sign],
        metric_class=MetricClass(metric_class),
        chain=_CHAINS[chain],
        grain=_GRAINS[grain],
        lag_days=int(lag),
        margin=int(number) / scale if number and not lower else None,
        band=(int(lower.rstrip("-")) / scale, int(number) / scale) if lower else None,
    )


CATALOGUE: dict[str, MetricType] = {row.key: row for row in map(_entry, _TABLE.strip().splitlines())}

# The linter. It proposes; a person with a second one decides (a class change needs two people).
_THINGS = (
    "article artikel artikelen text tekst teksten word woord woorden prompt keyword zoekwoord zoekwoorden trefwoord "
    "trefwoorden title titel titels page pagina paginas tool link backlink linkverzoek linkverzoeken blog blogpost "
    "post description beschrijving beschrijvingen brief draft concept concepten snippet query outline faq"
)
_MADE = (
    "generated written rewritten created produced published found requested run made drafted optimised optimized used "
    "delivered sent built gegenereerd gegenereerde geschreven herschreven gemaakt gemaakte geproduceerd geproduceerde "
    "gepubliceerd gepubliceerde gevonden aangevraagd aangevraagde gedraaid gedraaide verstuurd verstuurde gebruikt "
    "gebruikte geoptimaliseerd geoptimaliseerde opgeleverd opgeleverde generation gebruik use"
)
_COUNTED = "number count total amount volume aantal aantallen totaal hoeveelheid"
_RESULTS = (
    "click klik kliks clicks session sessie sessies lead leads conversion conversie conversies revenue omzet margin "
    "marge cost kosten uren hours share aandeel rate ratio percentage error fout fouten impression "
    "vertoning vertoningen"
)
_FILLERS = "new nieuwe ai seo our onze of the de het per week month maand a een weekly monthly"
_AUTHORITY = re.compile(
    r"\b(domain|page|url|domein|pagina) ?(authority|rating|score|autoriteit)\b|\bautoriteitsscore\b"
)


def _set(words: str) -> frozenset[str]:
    """The words and their English plurals."""
    listed = words.split()
    return frozenset(listed) | {word if word.endswith("y") else word + "s" for word in listed} | {"queries"}


_THING, _MADE_WORD, _COUNT, _RESULT = (
    _set(_THINGS),
    frozenset(_MADE.split()),
    frozenset(_COUNTED.split()),
    _set(_RESULTS),
)
_FILLER = frozenset(_FILLERS.split())
# Dutch glues words together ("productpagina's"); of these endings no harmless word is known. "Antwoorden" ends in
# "woorden", so that one is only matched whole.
_GLUED = ("artikelen", "paginas", "teksten", "titels", "prompts", "backlinks", "zoekwoorden", "trefwoorden")


def looks_like_output(name: str) -> str | None:
    """Why a KPI of this name, English or Dutch, would count production instead of results; None if it seems not to.

    `counts_production`: a thing that a tool makes, with a counting or making word or nothing else beside it.
    `authority_score`: a vendor's estimate that no customer ever sees. A result word that comes before the thing
    ("clicks on published pages") clears the name.
    """
    words = re.findall(r"[^\W\d_]+", re.sub("['\u2019]", "", name.casefold()))
    if _AUTHORITY.search(" ".join(words)):
        return "authority_score"
    things = [at for at, word in enumerate(words) if word in _THING or word.endswith(_GLUED)]
    if not things or any(word in _RESULT for word in words[: things[0]]):
        return None
    beside = [word for at, word in enumerate(words) if at not in things and word not in _FILLER]
    counted = "#" in name or any(word in _MADE_WORD or word in _COUNT for word in beside)
    return "counts_production" if counted or not beside else None


def never_falls(values: Sequence[float]) -> bool:
    """Whether the series rises and never once falls: a running total, which any pilot "improves".

    Eight values at least: of a fair series of six, one in 720 rises throughout by luck; of eight, one in 40,320.
    """
    steps = [after - before for before, after in pairwise(values)]
    return len(values) >= 8 and all(step >= 0 for step in steps) and values[-1] > values[0]
