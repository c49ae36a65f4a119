"""Forty-two recommendations that the drafter posted in ninety days, and what people made of them."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from decisions.choices import ACCEPT, MODIFY, REJECT, Choice


class Said(NamedTuple):
    """Somebody's choice, so many working days before the demo is loaded."""

    days: int
    who: str
    choice: Choice


@dataclass(frozen=True)
class Advice:
    """One recommendation: what it is about, what the tool claims, and what happened to it.

    `found` are facts that only a person can give, on the day after. `applied` and `reverted` are working days ago.
    `ended` is what the review says on its day: result, how well it was decided, and how one knows.
    """

    days: int
    domain: str
    initiative: str
    subject: str
    title: str
    before: str
    after: str
    confidence: float
    facts: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    finder: str = ""
    said: tuple[Said, ...] = ()
    applied: int | None = None
    reverted: int | None = None
    undone_because: str = ""
    ended: tuple[str, int, str] | None = None


def yes(days: int, who: str, why: str, *, cost: str = "", p: float = 0.7, minutes: int = 6) -> Said:
    """Followed the AI. `cost` is what is given up by it."""
    return Said(days, who, Choice(ACCEPT, why, trade_off=cost, probability=p, minutes=minutes))


def no(days: int, who: str, code: str, why: str, *, cost: str = "", p: float = 0.3, minutes: int = 9) -> Said:
    return Said(days, who, Choice(REJECT, why, code, trade_off=cost, probability=p, minutes=minutes))


def instead(days: int, who: str, code: str, text: str, why: str, *, cost: str = "", minutes: int = 12) -> Said:
    choice = Choice(MODIFY, why, code, trade_off=cost, modification={"after": text}, probability=0.65, minutes=minutes)
    return Said(days, who, choice)


def title(days: int, page: str, before: str, after: str, confidence: float, **rest: Any) -> Advice:
    return Advice(days, "title_rewrite", "titles", page, f"New title for {page}", before, after, confidence, **rest)


def bulk(days: int, subject: str, what: str, pages: int, confidence: float, share: float, **rest: Any) -> Advice:
    """Descriptions of many pages at once; Tom looks their revenue up."""
    facts = {"pages": pages}
    rest = {"found": {"revenue_share": share}, "finder": "tom"} | rest
    return Advice(
        days, "bulk_meta", "titles", subject, f"{pages} descriptions: {what}", "Written by hand, or none",
        "A sentence on what one finds there, and the price it starts at", confidence, facts, **rest,
    )  # fmt: skip


def text(days: int, initiative: str, page: str, what: str, before: str, after: str, sure: float, **rest: Any) -> Advice:
    return Advice(days, "content_draft", initiative, page, what, before, after, sure, **rest)


def links(days: int, page: str, count: int, after: str, sure: float, *, nav: bool = False, **rest: Any) -> Advice:
    facts = {"links_changed": count, "touches_nav": nav}
    return Advice(
        days, "internal_links", "links", page, f"{count} links from {page}", "No link to the shop", after, sure,
        facts, **rest,
    )  # fmt: skip


def write_to(
    days: int, site: str, about: str, sure: float, *, toxic: int, relevance: float, knows: bool = False,
    paid: bool = False, **rest: Any,
) -> Advice:  # fmt: skip
    """Sanne says whether we know them."""
    facts = {"paid_link": paid, "link_exchange": False, "toxic_score": toxic, "topical_relevance": relevance}
    rest = {"found": {"existing_relation": knows}, "finder": "sanne"} | rest
    return Advice(
        days, "link_outreach", "outreach", site, f"Write to {site}", "No contact this year", about, sure, facts, **rest,
    )  # fmt: skip


ADVICE: Final = [
    # Titles: long tail pages for Tom to decide, money pages to be tested first.
    title(
        63, "/sofa-colours/green", "Green sofas", "Green sofas in 41 shades, from moss to bottle", 0.91,
        said=(yes(62, "tom", "Says what we have.", cost="Cut off on small phones."),), applied=61,
        ended=("good", 4, "Position 7 to 3, and the samples ordered from it doubled."),
    ),
    title(
        62, "/sofas/corner", "Corner sofas | Sofa & Co", "Corner sofas that fit: left, right or both", 0.88,
        said=(yes(41, "tom", "The test pages got 9% more clicks.", cost="No brand name in the title."),), applied=40,
        ended=("good", 5, "The test said so, and five weeks later it still holds."),
    ),
    title(
        60, "/bed-sizes/140x200", "Beds 140 x 200", "Beds of 140 × 200 cm for two who sleep close", 0.83,
        said=(no(58, "tom", "brand", "We do not joke about how people sleep.", cost="A livelier title."),),
        ended=("good", 4, "The old title lost nothing meanwhile."),
    ),
    title(
        57, "/sofa-colours/mustard", "Mustard sofas", "Mustard sofas: this year's colour", 0.79,
        said=(instead(56, "tom", "brand", "Mustard sofas in linen, velvet and wool", "We never call a colour a trend.",
                      cost="Those who look for trends."),), applied=55,
        ended=("good", 4, "Clicks as expected, without the word that we do not use."),
    ),
    title(
        52, "/bed-sizes/180x200", "Beds 180 x 200", "Beds of 180 × 200 cm, with or without storage", 0.9,
        said=(yes(51, "tom", "Storage is what people ask for.", cost="Nothing much."),), applied=50,
        ended=("good", 3, "More clicks; nobody checked whether they buy."),
    ),
    title(
        47, "/beds/box-spring", "Box springs", "Box springs from €899, delivered in a week", 0.86,
        said=(no(25, "tom", "facts_wrong", "Delivery takes three weeks since spring; the test pages drew complaints.",
                 cost="More clicks, for a while."),),
    ),
    title(
        38, "/sofa-colours/rust", "Rust-coloured sofas", "Rust-coloured sofas, and what goes with them", 0.87,
        said=(yes(37, "tom", "Fits the guides that we link to.", cost="One word more than needed."),), applied=36,
        ended=("bad", 4, "Position 4 to 9: the guides it links to are older than the page."),
    ),
    title(
        24, "/sofa-colours/linen", "Linen sofas", "Linen sofas: 12 weaves, all washable", 0.84,
        said=(no(23, "tom", "facts_wrong", "Four of the twelve are not washable.", cost="A strong promise."),),
    ),
    title(3, "/sofa-colours/sand", "Sand-coloured sofas", "Sand-coloured sofas for rooms with little light", 0.81),
    title(10, "/sofas/leather", "Leather sofas | Sofa & Co", "Leather sofas: seven hides, one price", 0.85),
    # Many pages at once.
    bulk(61, "Sofa colours", "all colours", 14, 0.9, 0.01, applied=59),
    bulk(
        53, "Bed sizes", "all bed sizes", 120, 0.86, 0.03,
        said=(yes(51, "tom", "Ten of them read, all fine.", minutes=25),), applied=50,
    ),
    bulk(44, "Whole shop", "every page of the shop", 900, 0.93, 0.6),
    bulk(
        30, "Outlet", "the outlet", 18, 0.84, 0.02, applied=28, reverted=25,
        undone_because="Two descriptions name a fabric that we no longer sell.",
        ended=("bad", 2, "Nobody compared the fabrics with the stock list."),
    ),
    bulk(
        15, "Armchair colours", "armchair colours", 46, 0.88, 0.02,
        said=(yes(13, "tom", "Read twenty; one comma.", minutes=18),), applied=12,
    ),
    # Articles and product texts: an editor reads them, of what touches health two people.
    text(
        33, "articles", "/blog/spring-colours", "Article: eight colours for spring", "None", "1,100 words", 0.9,
        said=(yes(32, "aisha", "Reads well.", p=0.5, minutes=31),), applied=31,
    ),
    text(
        31, "articles", "/blog/sofa-or-armchairs", "Article: a sofa or two armchairs?", "None", "1,300 words", 0.88,
        said=(yes(30, "aisha", "After a second reading.", p=0.5, minutes=44),), applied=29,
    ),
    text(
        28, "articles", "/health/back-pain", "Article: which sofa for a bad back?", "None", "1,500 words", 0.82,
        said=(
            no(26, "lena", "facts_wrong", "It promises relief. No sofa does that.", cost="A topic people search for."),
        ),
    ),
    text(
        25, "articles", "/blog/tidy-living-room", "Article: a tidy living room in an hour", "None", "1,200 words", 0.91,
        said=(no(24, "aisha", "strategy", "Nothing in it about anything we sell.", minutes=16),),
    ),
    text(
        21, "articles", "/health/dust-mites", "Article: dust mites and fabrics", "None", "900 words", 0.85,
        said=(
            yes(20, "lena", "The figures are those of the textile institute.", cost="Two long sentences.", minutes=35),
            yes(19, "aisha", "Sources are named.", cost="It is not a cheerful read.", minutes=20),
        ), applied=18,
    ),
    text(
        17, "articles", "/blog/velvet-care", "Article: caring for velvet", "None", "1,000 words", 0.9,
        said=(instead(16, "aisha", "facts_wrong", "Without the steam iron", "Steam ruins our velvet.", minutes=38),),
        applied=15,
    ),
    text(
        11, "articles", "/blog/small-rooms", "Article: sofas for small rooms", "None", "1,250 words", 0.92,
        said=(yes(10, "aisha", "Useful, and it links to two sofas.", p=0.55, minutes=29),), applied=9,
    ),
    text(2, "articles", "/blog/cat-proof-sofas", "Article: a sofa that survives a cat", "None", "1,150 words", 0.89),
    text(2, "articles", "/blog/dog-proof-sofas", "Article: a sofa that survives a dog", "None", "1,080 words", 0.87),
    text(1, "articles", "/blog/sofa-legs", "Article: why a sofa has legs", "None", "1,240 words", 0.74),
    text(
        2, "articles", "/health/flame-retardants", "Article: what is sprayed on a sofa?", "None", "1,400 words", 0.8,
        said=(yes(1, "lena", "All three substances are right.", cost="It may worry people.", minutes=40),),
    ),
    text(
        40, "products", "/p/sofa-oslo", "New text for Oslo", "The supplier's text, 90 words", "Sizes and care", 0.87,
        said=(yes(39, "aisha", "The measurements were checked.", minutes=34),), applied=38,
    ),
    text(
        33, "products", "/p/sofa-lisbon", "New text for Lisbon", "The supplier's text, 70 words", "Who it is for", 0.85,
        said=(instead(32, "aisha", "facts_wrong", "Seats three, not four", "Nobody sits on an arm.", minutes=41),),
        applied=31,
    ),
    text(
        22, "products", "/p/armchair-bergen", "New text for Bergen", "The supplier's text, 60 words",
        "Why it turns", 0.9, said=(yes(21, "aisha", "Better than mine.", minutes=22),), applied=20,
    ),
    text(
        8, "products", "/p/sofa-porto", "New text for Porto", "The supplier's text, 80 words", "A life story", 0.78,
        said=(no(7, "aisha", "brand", "A sofa has no childhood.", minutes=12),),
    ),
    # Internal links: no record of this tool yet, so Joris decides.
    links(
        55, "/guides/fabric", 12, "To the six fabrics it names", 0.9,
        said=(yes(54, "joris", "All six are in stock.", cost="The guide gets busier."),), applied=53,
        ended=("good", 3, "One visitor in nine goes on to a fabric."),
    ),
    links(
        51, "/guides/all", 64, "A block of links in the menu", 0.86, nav=True,
        said=(no(49, "joris", "strategy", "The menu is not a place for tests.", cost="The quickest effect."),),
        ended=("good", 4, "The menu was tested in spring, and short won."),
    ),
    links(
        45, "/guides/corner-or-straight", 9, "To corner sofas by side", 0.92,
        said=(yes(44, "joris", "Left and right are the right way round.", cost="None."),), applied=43,
        ended=("good", 4, "The sofas it links to are found now."),
    ),
    links(
        39, "/guides/measuring", 31, "To every sofa under two metres", 0.81,
        said=(instead(38, "joris", "better_idea", "To the filter for width, once", "Thirty-one links are a list.",
                      cost="Thirty pages get no link."),), applied=37, reverted=33,
        undone_because="The filter page was taken down by the shop.",
        ended=("bad", 3, "The filter was a good idea on a page about to go."),
    ),
    links(
        26, "/guides/leather", 15, "To leather sofas by hide", 0.88,
        said=(yes(25, "joris", "Fine.", cost="None that I see."),), applied=24,
    ),
    # Outreach: bought and toxic links are blocked; whom we know, Sanne writes to herself.
    write_to(47, "best-links-4-you.example", "A bought place in a list", 0.7, toxic=45, relevance=0.5, paid=True),
    write_to(44, "casino-home-living.example", "A list of sofas", 0.74, toxic=81, relevance=0.3),
    write_to(
        41, "the-living-magazine.example", "Our study on how long people sit", 0.86, toxic=4, relevance=0.9, knows=True,
        said=(yes(39, "sanne", "I called the editor first.", cost="Our best story, given to one."),), applied=38,
    ),
    write_to(
        19, "small-flats.example", "Figures on sofas that fit a lift", 0.88, toxic=9, relevance=0.84, applied=18,
    ),
    write_to(
        20, "parents-weekly.example", "Stain tests with real children", 0.83, toxic=12, relevance=0.78, knows=True,
        said=(no(18, "sanne", "timing", "They run our spring story next week; asking twice is rude.",
                 cost="The story ages."),),
    ),
    write_to(
        13, "renters-guide.example", "Moving a sofa up four floors", 0.85, toxic=7, relevance=0.81, applied=12,
    ),
    write_to(3, "architects-daily.example", "The study on rooms under 20 m²", 0.87, toxic=5, relevance=0.88),
]  # fmt: skip
