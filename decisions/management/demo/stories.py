"""What became of each initiative, from its first draft to today. Days are working days before the demo is loaded."""

from collections.abc import Callable

from decisions.management.demo import figures
from decisions.management.demo.agenda import Ago, Story
from decisions.management.demo.house import House
from decisions.management.demo.people import LEAVER
from decisions.services import lifecycle
from initiatives.lifecycle import Gate
from initiatives.services import promises, scenarios
from ownership import services

MONTH = 21  # working days


def frame(house: House) -> Story:
    """What comes before any initiative: goals, domains, and later a floor of our own."""
    at = yield Ago(300, 11)
    house.set_goals(at)
    at = yield Ago(290, 10)
    house.open_domains(at)
    at = yield Ago(100, 15)
    house.lay_floor(at)
    at = yield Ago(66, 9)
    house.issue_tokens(at)


def titles(house: House) -> Story:
    """It works: a baseline, a pilot that reached its target, and now every category page."""
    begins = figures.TITLES
    at = yield Ago(begins + 34, 9)
    house.draft("titles", "tom", at)
    at = yield Ago(begins + 33, 11)
    house.ask_sponsor("titles", "marieke", at)
    at = yield Ago(begins + 31, 14)
    house.promise("titles", at, starts=begins)
    house.answer("titles", at)
    at = yield Ago(begins + 28, 10, 30)
    house.submit("titles", at, "Plan of the category team")
    at = yield Ago(begins + 26, 16, 10)
    house.approve("titles", "marieke", at, "Clear baseline, small scope. Ten weeks, then we decide.")
    at = yield Ago(begins + 12, 9, 20)
    house.take_up("titles", "title_rewrite", at, publisher="marieke")
    house.take_up("titles", "bulk_meta", at, publisher="marieke")
    house.book("titles", "training", at, "Reading AI drafts, three people", hours=12)
    at = yield Ago(begins + 1, 13)
    house.measure("titles", at)
    house.request("titles", Gate.G2, at, "Baseline locked, rules published")
    at = yield Ago(begins, 9, 5)
    house.approve("titles", "daan", at, "Eight full weeks, and two sources agree.")
    house.book("titles", "one_off", at, "Connecting the drafter to the shop", amount=3_200)
    for month in range(2):
        at = yield Ago(begins - MONTH * (month + 1), 17)
        house.book("titles", "review", at, "Reading titles of money pages", hours=24)
        house.book("titles", "tool", at, "The drafter, a month", amount=390)
    at = yield Ago(begins - 50, 6)
    house.request("titles", Gate.G3, at, "The time-box has ended", by_clock=True)
    at = yield Ago(begins - 53, 15, 40)
    house.approve("titles", "marieke", at, "Target reached with room to spare, and no guardrail moved. Scale it.")
    for days in range(begins - 60, 2, -MONTH):
        at = yield Ago(days, 17)
        house.book("titles", "review", at, "Reading titles of money pages", hours=20)
        house.book("titles", "tool", at, "The drafter, a month", amount=390)
        if days == begins - 60 - 2 * MONTH:
            house.take_up("titles", "title_rewrite", at, publisher="marieke")
            house.take_up("titles", "bulk_meta", at, publisher="marieke")


def articles(house: House) -> Story:
    """It stalls: many articles, no leads, and a team that reports articles."""
    begins = figures.ARTICLES
    at = yield Ago(begins + 29, 9, 40)
    house.draft("articles", "joris", at)
    at = yield Ago(begins + 28, 10)
    house.ask_sponsor("articles", "marieke", at)
    at = yield Ago(begins + 27, 11, 15)
    house.promise("articles", at, starts=begins)
    house.answer("articles", at)
    house.submit("articles", at, "Our rivals publish every day")
    at = yield Ago(begins + 25, 17, 5)
    house.send_back("articles", "marieke", at, "Articles written are not a result. Which leads do they bring?")
    at = yield Ago(begins + 22, 14)
    promises.add_kill_criterion(
        initiative=house.initiative("articles"),
        text="One editor cannot keep up: more than ten drafts wait for a week",
        by_on=house.calendar.day(begins - 40),
        by=house.person("joris"),
        at=at,
        reason="Asked for by the sponsor",
    )
    house.submit("articles", at, "Leads from the blog are the target; articles count as activity")
    at = yield Ago(begins + 20, 16, 30)
    house.approve("articles", "marieke", at, "Worth ten weeks. I look at leads, not at articles.")
    at = yield Ago(begins + 9, 11)
    house.take_up("articles", "content_draft", at, publisher="marieke")
    at = yield Ago(begins + 1, 14)
    house.measure("articles", at)
    house.request("articles", Gate.G2, at, "Ready to start")
    at = yield Ago(begins, 9, 30)
    house.approve("articles", "daan", at, "Baseline is complete. The noise is larger than I like.")
    house.book("articles", "one_off", at, "Setting up the article pipeline", amount=2_900)
    for days in range(begins - 8, 2, -10):
        at = yield Ago(days, 16)
        house.book("articles", "review", at, "Reading articles", hours=19)
        house.book("articles", "tool", at, "Article pipeline, two weeks", amount=480)


def products(house: House) -> Story:
    """It works, and will probably miss its target all the same: the effect is smaller than agreed."""
    begins = figures.PRODUCTS
    at = yield Ago(begins + 33, 10, 5)
    house.draft("products", "tom", at)
    at = yield Ago(begins + 32, 9)
    house.ask_sponsor("products", "marieke", at)
    house.name_change_lead("products", "New ways of writing", at)
    at = yield Ago(begins + 30, 13)
    house.promise("products", at, starts=begins, by="aisha")
    house.weigh("products", at)
    house.answer("products", at)
    at = yield Ago(begins + 27, 10)
    house.submit("products", at, "Aisha and I agree on what a page is worth")
    at = yield Ago(begins + 24, 15)
    house.approve("products", "marieke", at, "Expensive, but it is where buyers decide. People edit every page.")
    at = yield Ago(begins + 10, 10)
    house.take_up("products", "content_draft", at, publisher="marieke")
    house.book("products", "training", at, "House style for AI drafts", hours=16)
    at = yield Ago(begins + 1, 11)
    house.measure("products", at)
    house.request("products", Gate.G2, at, "All 240 pages are listed, the control group too")
    at = yield Ago(begins, 10)
    house.approve("products", "daan", at, "It can show 20% and more, not less. Everybody has signed for that.")
    house.book("products", "vendor", at, "Photo sizes as data", amount=4_800)
    for days in range(begins - 4, 2, -5):
        at = yield Ago(days, 17, 15)
        house.book("products", "review", at, "Editing drafts", hours=21)


def links(house: House) -> Story:
    """It went silent: whoever uploaded the figures stopped."""
    begins = figures.LINKS
    at = yield Ago(begins + 24, 11)
    house.draft("links", "joris", at)
    at = yield Ago(begins + 23, 11)
    house.ask_sponsor("links", "aisha", at)
    at = yield Ago(begins + 22, 15)
    house.promise("links", at, starts=begins)
    house.answer("links", at)
    house.submit("links", at, "85 guides, and nothing on them leads anywhere")
    at = yield Ago(begins + 19, 12)
    house.approve("links", "aisha", at, "Cheap to try and easy to undo.")
    at = yield Ago(begins + 8, 10)
    house.take_up("links", "internal_links", at, publisher="aisha")
    at = yield Ago(begins + 1, 12)
    house.measure("links", at)
    house.request("links", Gate.G2, at, "Eight weeks of revenue are in")
    at = yield Ago(begins, 9, 45)
    house.approve("links", "daan", at, "Files have come every week so far.")
    house.book("links", "one_off", at, "Reading all guides once", amount=1_900)
    for days in (begins - 15, begins - 30):
        at = yield Ago(days, 16)
        house.book("links", "hours", at, "Checking proposed links", hours=26)
        house.book("links", "tool", at, "Link finder, three weeks", amount=620)


def outreach(house: House) -> Story:
    """Its sponsor has left, so nobody can open a gate."""
    begins = figures.OUTREACH
    at = yield Ago(begins + 31, 10)
    house.draft("outreach", "sanne", at)
    at = yield Ago(begins + 30, 10, 45)
    house.ask_sponsor("outreach", LEAVER, at)
    at = yield Ago(begins + 28, 14)
    house.promise("outreach", at, starts=begins)
    house.answer("outreach", at)
    house.submit("outreach", at, "Write to people, search less")
    at = yield Ago(begins + 25, 9)
    house.approve("outreach", LEAVER, at, "Sanne's time is what we lack most.")
    at = yield Ago(begins + 11, 13)
    house.take_up("outreach", "link_outreach", at, publisher=LEAVER)
    at = yield Ago(begins + 1, 10)
    house.measure("outreach", at)
    house.request("outreach", Gate.G2, at, "Forty addresses are ready")
    at = yield Ago(begins, 11)
    house.approve("outreach", "daan", at, "Clean figures for sixteen months.")
    house.book("outreach", "one_off", at, "Setting up the prospecting tool", amount=1_350)
    for days in (begins - 20, begins - 40):
        at = yield Ago(days, 17)
        house.book("outreach", "hours", at, "Checking and writing", hours=18)
    at = yield Ago(4, 9)
    services.deactivate_person(
        person=house.person(LEAVER), by=house.person("eva"), at=at, reason="Lotte has taken a job elsewhere"
    )


def answers(house: House) -> Story:
    """It waits for Marieke's signature."""
    at = yield Ago(19, 10)
    house.draft("answers", "aisha", at)
    at = yield Ago(18, 10)
    house.ask_sponsor("answers", "marieke", at)
    at = yield Ago(9, 15)
    house.promise("answers", at, starts=-30)
    house.answer("answers", at)
    at = yield Ago(5, 11, 20)
    house.submit("answers", at, "Three of four buyers we asked came with a list from an assistant")


def logs(house: House) -> Story:
    """It waits too, and is small."""
    at = yield Ago(12, 9)
    house.draft("logs", "tom", at)
    at = yield Ago(11, 9, 30)
    house.ask_sponsor("logs", "marieke", at)
    at = yield Ago(5, 10)
    house.promise("logs", at, starts=-20)
    house.answer("logs", at)
    at = yield Ago(3, 9)
    house.submit("logs", at, "My Monday mornings, for the price of two of them a month")


def images(house: House) -> Story:
    """Stopped early, with a lesson: the team is thanked and the money is free."""
    begins = figures.IMAGES
    at = yield Ago(begins + 28, 9)
    house.draft("images", "aisha", at)
    at = yield Ago(begins + 27, 9)
    house.ask_sponsor("images", "marieke", at)
    at = yield Ago(begins + 26, 14)
    house.promise("images", at, starts=begins)
    house.answer("images", at)
    house.submit("images", at, "Eleven thousand photos that nobody can find")
    at = yield Ago(begins + 23, 10)
    house.approve("images", "marieke", at, "Small, reversible.")
    at = yield Ago(begins + 1, 10)
    house.measure("images", at)
    house.request("images", Gate.G2, at, "Ready")
    at = yield Ago(begins, 10)
    house.approve("images", "daan", at, "Fine.")
    house.book("images", "one_off", at, "First thousand descriptions", amount=1_100)
    at = yield Ago(begins - 20, 15)
    house.book("images", "review", at, "Mending descriptions", hours=34)
    at = yield Ago(begins - 28, 16)
    initiative = house.initiative("images")
    lifecycle.stop(
        initiative=initiative,
        by=house.person("marieke"),
        at=at,
        reason="After five weeks no more orders, and every third description had to be mended.",
        lesson="Descriptions help people who cannot see the photo. That is worth doing, but it is no way to sell sofas:"
        " budget it as accessibility.",
        expected_version=initiative.version,
    )


def trial(key: str, owner: str, sponsor: str, begins: int, approval: str, starting: str) -> Callable[[House], Story]:
    """A small pilot, told alike: planned within two weeks, started, and paid for every other week."""

    def story(house: House) -> Story:
        at = yield Ago(begins + 20, 10)
        house.draft(key, owner, at)
        at = yield Ago(begins + 19, 10)
        house.ask_sponsor(key, sponsor, at)
        at = yield Ago(begins + 17, 14)
        house.promise(key, at, starts=begins)
        house.weigh(key, at)
        house.answer(key, at)
        house.submit(key, at, "Small, and easy to undo")
        at = yield Ago(begins + 15, 10)
        house.approve(key, sponsor, at, approval)
        at = yield Ago(begins + 1, 10)
        house.measure(key, at)
        house.request(key, Gate.G2, at, "Baseline locked")
        at = yield Ago(begins, 10)
        house.approve(key, "daan", at, starting)
        for days in range(begins - 5, 2, -10):
            at = yield Ago(days, 16, 40)
            house.book(key, "review", at, "Reading what the AI wrote", hours=7)

    return story


# One of each kind that is hard to tell: it comes late, fades, does harm, counts few, is a share, should go down.
TRIALS = [
    trial("tables", "tom", "marieke", figures.TABLES, "Buyers ask for it.", "Thirty leads a day are enough to tell."),
    trial("adviser", "aisha", "marieke", figures.ADVISER, "Our advisers know more than our pages.", "Clean figures."),
    trial("outlet", "joris", "aisha", figures.OUTLET, "Nobody reads them as they are.", "Complete."),
    trial(
        "bespoke", "tom", "aisha", figures.BESPOKE, "Dear to sell, so worth a try.", "Two orders a day: a coarse test."
    ),
    trial(
        "configurator", "joris", "aisha", figures.CONFIGURATOR, "Ask what people know.", "Visits and ends both count."
    ),
    trial("briefs", "sanne", "aisha", figures.BRIEFS, "I wait for briefs myself.", "Twenty-odd weeks, and steady."),
]


def feed(house: House) -> Story:
    """What the scenarios of a pilot that works rest on turns out not to be so, yesterday."""
    at = yield Ago(1, 15, 10)
    (assumption,) = house.initiative("tables").assumptions.filter(kpi=None)
    scenarios.break_assumption(
        assumption=assumption,
        by=house.person("joris"),
        at=at,
        reason="The new supplier leaves it out: fourteen beds have a table without it.",
        expected_version=assumption.version,
    )


def delivery(house: House) -> Story:
    """A draft of another department, which marketing does not see."""
    at = yield Ago(9, 14)
    house.draft("delivery", "lena", at, unit="Logistics")
    at = yield Ago(2, 15)
    house.ask_sponsor("delivery", "marieke", at, is_taken=False)


STORIES = [frame, titles, images, outreach, links, products, articles, *TRIALS, feed, answers, logs, delivery]
