"""What the record teaches, in sentences."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from decisions.learning import BAD, GOOD, Changed, Rate, Reliability, Standing
from decisions.models.learned import Line
from initiatives.words import Look
from ownership import words as figures

ANSWER: Final = {
    "earned": Look(_("Yes, by its record"), "good", "check"),
    "short": Look(_("Cannot be told yet"), "none", "clock"),
    "failing": Look(_("No"), "bad", "x"),
    "none": Look(_("Nothing to go by"), "none", "clock"),
}
SIGNAL: Final = {
    "rubber_stamp": Look(_("Hardly ever overruled: is it still read?"), "warn", "alert"),
    "distrust": Look(_("Often overruled: is it worth asking?"), "warn", "alert"),
    "": Look(_("As usual"), "none", "check"),
}
SURE: Final = {
    "overconfident": Look(_("Surer than it is right"), "bad", "alert"),
    "underconfident": Look(_("More often right than it says"), "info", "up"),
    "": Look(_("No sign that it misjudges itself"), "none", "check"),
}
# By whether it was decided well, and how it ended.
TEACHES: Final = {
    (True, GOOD): _("Earned: go on deciding like this."),
    (True, BAD): _("Bad luck, or what nobody could know. No reason to decide otherwise next time."),
    (False, GOOD): _("Luck. It proves nothing about the way it was decided."),
    (False, BAD): _("Begin here: how it was decided is what can be mended."),
}


def rate(found: Rate) -> str:
    """“41 of 52 (66% to 88%)”, or that there is none."""
    if not found.of:
        return str(_("none yet"))
    low, high = (f"{end:.0%}" for end in (found.low, found.high))
    return _("%(share)s (%(low)s to %(high)s)") % {
        "share": figures.share(found.hits, found.of), "low": low, "high": high,
    }  # fmt: skip


def answer(found: Standing) -> str:
    """Why a record is or is not good enough."""
    asked = {"asked": f"{found.asked:.0%}", "low": f"{found.record.low:.0%}", "high": f"{found.record.high:.0%}"}
    if found.code == "earned":
        return _("Even at worst %(low)s turned out well; %(asked)s is asked.") % asked
    if found.code == "failing":
        return _("Even at best %(high)s turned out well; %(asked)s is asked.") % asked
    if found.good_needed is None:
        return _("%(asked)s is asked; that is more than a hundred good outcomes away.") % asked
    more = ngettext(
        "%(n)s more good outcome in a row would show the %(asked)s that is asked.",
        "%(n)s more good outcomes in a row would show the %(asked)s that is asked.",
        found.good_needed,
    )
    return more % {"n": found.good_needed, **asked}


def may_decide_more(lines: Sequence[Line]) -> str:
    """The answer before the figures."""
    codes = Counter(line.standing.code for line in lines)
    if not codes:
        return str(_("No AI has advised anything yet."))
    if codes.keys() == {"none"}:
        return str(_("Nobody can tell yet: no outcome has been looked at."))
    yes, no = codes["earned"], codes["failing"]
    told = {"yes": yes, "no": no, "all": len(lines)}
    if yes + no == len(lines):
        return _("By its record yes in %(yes)s of %(all)s cases, no in %(no)s.") % told
    return _("By its record yes in %(yes)s of %(all)s cases, no in %(no)s; of the others too little is known.") % told


def sure(found: Reliability) -> str:
    """Stated against observed."""
    if found.stated is None or found.brier is None:
        return str(_("No followed advice that said how sure it is has been looked at yet."))
    said = _(
        "On average it said %(stated)s, and was right in %(right)s. Brier score %(brier)s; 0 is perfect, 0.25 a coin."
    )
    return said % {
        "stated": f"{found.stated:.0%}", "right": rate(found.right), "brier": figures.number(found.brier, 3),
    }  # fmt: skip


def changed(found: Changed) -> str:
    """Whether the AI changes choices, and whether for the better."""
    if not found.changed.of:
        return str(_("Nobody has said yet what they would do before they saw what the AI proposes."))
    told = {
        "changed": rate(found.changed), "moved": rate(found.good_if_changed), "kept": rate(found.good_if_kept),
    }  # fmt: skip
    if not found.changed.hits:
        return _("The AI changed %(changed)s choices: so far it only speeds up what people would do anyway.") % told
    said = _(
        "The AI changed %(changed)s choices. Of the changed ones turned out well: %(moved)s; of the others: %(kept)s."
    )
    return f"{said % told} {_better(found)}"


def _better(found: Changed) -> str:
    if found.good_if_changed.low > found.good_if_kept.high:
        return str(_("Its changes were for the better."))
    if found.good_if_changed.high < found.good_if_kept.low:
        return str(_("Its changes were for the worse."))
    return str(_("Whether for the better cannot be told yet."))


def regret(cases: Counter[tuple[bool, str]]) -> str:
    """What the table below it comes to."""
    bad = cases[True, BAD], cases[True, BAD] + cases[True, GOOD]
    wrong = cases[False, BAD], cases[False, BAD] + cases[False, GOOD]
    said = _("Followed and regretted: %(followed)s. Overruled and regretted: %(overruled)s.")
    return said % {"followed": figures.share(*bad), "overruled": figures.share(*wrong)}


def by_process(cases: Counter[tuple[bool, str]]) -> str:
    """What can be told apart only because process and outcome are judged apart."""
    if not cases:
        return str(_("No outcome has been judged right or wrong yet."))
    well, badly = (cases[is_sound, GOOD] + cases[is_sound, BAD] for is_sound in (True, False))
    said = _("Decided well and gone wrong all the same: %(unlucky)s. Decided badly and come right: %(lucky)s.")
    told = {"unlucky": figures.share(cases[True, BAD], well), "lucky": figures.share(cases[False, GOOD], badly)}
    return said % told
