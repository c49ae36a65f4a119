"""What a person says about a recommendation, and whether that is enough at the level at which they are asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from decisions.rules import Authority
from ownership.refusals import Incomplete
from ownership.refusals import gettext_noop as _

ACCEPT: Final = "accept"
MODIFY: Final = "modify"
REJECT: Final = "reject"
BLIND: Final = (Authority.TWO_PERSON, Authority.HUMAN_DECIDES)  # of these a share chooses before seeing the AI's
WEIGHED: Final = (Authority.TWO_PERSON, Authority.EXPERIMENT, Authority.HUMAN_DECIDES)  # what is given up is named


@dataclass(frozen=True, slots=True)
class Choice:
    """`probability` is that of a good outcome as the decider sees it, `minutes` the time it took."""

    chosen: str
    rationale: str = ""
    reason_code: str = ""
    trade_off: str = ""
    modification: Mapping[str, Any] = field(default_factory=dict)
    probability: float | None = None
    minutes: int | None = None

    @property
    def is_yes(self) -> bool:
        return self.chosen != REJECT

    def differs(self, first: str, *, proposed: str) -> bool:
        """Whether it differs from what its maker had written down first; "" was to leave everything as it is.

        Of a proposal without a wording (`proposed`) it counts only whether it is done.
        """
        if not (self.is_yes and first):
            return self.is_yes != bool(first)
        done = str(self.modification.get("after", "")) if self.chosen == MODIFY else proposed
        return bool(done) and _plain(done) != _plain(first)

    def require_complete(self, level: Authority, reason_codes: Collection[str]) -> None:
        """Opposing the AI needs a code and a sentence; where people decide, what is given up is named either way."""
        if self.chosen not in (ACCEPT, MODIFY, REJECT):
            raise Incomplete(_("Choose: accept, modify or reject."), field="chosen")
        if self.chosen == MODIFY and not self.modification:
            raise Incomplete(_("Say what it should be instead."), field="modification")
        if self.chosen == MODIFY and level is Authority.TWO_PERSON:
            raise Incomplete(_("Two people agree to what is proposed, or one of them rejects it."), field="chosen")
        if self.chosen != ACCEPT and self.reason_code not in reason_codes:
            known = ", ".join(reason_codes)
            raise Incomplete(_("Give one of these reasons: %(known)s."), field="reason_code", known=known)
        if self.chosen != ACCEPT and not self.rationale.strip():
            raise Incomplete(_("Deciding against the AI needs a sentence that says why."), field="reason")
        if level in WEIGHED and not self.trade_off.strip():
            said = _("Name what is given up: brand, loyalty, the long term. It is asked whichever way you choose.")
            raise Incomplete(said, field="trade_off")


def _plain(text: str) -> str:
    """Blanks and capitals aside."""
    return " ".join(text.split()).casefold()
