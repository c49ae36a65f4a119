"""Gates, steps and health in the reader's language. Only edges call this."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from decisions.health import Health, Step, Todo
from decisions.moves import Act, Move
from initiatives.flags import Asked
from initiatives.lifecycle import Gate
from initiatives.readiness import Factor
from initiatives.words import STATE, Look
from ownership import words as figures
from ownership.policy import Role, SeatKind

# One word each, for the narrow columns of a table.
FACTOR: Mapping[Factor, str | Promise] = {
    Factor.EXPECTATIONS: gettext_lazy("Hopes"),
    Factor.PROBLEM: gettext_lazy("Problem"),
    Factor.DATA: gettext_lazy("Data"),
    Factor.PEOPLE: gettext_lazy("People"),
    Factor.VENDOR: gettext_lazy("Vendor"),
}

GATE: Mapping[Gate, str | Promise] = {
    Gate.G0: gettext_lazy("Gate 0: ready to be asked"),
    Gate.G1: gettext_lazy("Gate 1: commit the budget"),
    Gate.G2: gettext_lazy("Gate 2: start the pilot"),
    Gate.G3: gettext_lazy("Gate 3: scale, once more, or stop"),
    Gate.G4: gettext_lazy("Gate 4: make it part of the work"),
}

ANSWER: Mapping[Gate, str | Promise] = {
    Gate.G1: gettext_lazy("Approve"),
    Gate.G2: gettext_lazy("Confirm"),
    Gate.G3: gettext_lazy("Scale"),
}

CHOICE: Mapping[str, Look] = {
    "approve": Look(gettext_lazy("Approved"), "good", "check"),
    "return": Look(gettext_lazy("Asked for more"), "warn", "swap"),
    "reject": Look(gettext_lazy("Declined"), "bad", "x"),
    "iterate": Look(gettext_lazy("Once more"), "info", "flask"),
    "stop": Look(gettext_lazy("Stopped"), "none", "x"),
}

ADVICE: Mapping[str, str | Promise] = {
    "approve": gettext_lazy("scaling it"),
    "iterate": gettext_lazy("once more, differently"),
    "stop": gettext_lazy("stopping it"),
}

SECOND: Mapping[str, str | Promise] = {
    "third_iteration": gettext_lazy("It went round twice already; a third time needs a second signature."),
    "scale_although_failing": gettext_lazy("The verdict advises against scaling; that needs a second signature."),
    "stop_although_reached": gettext_lazy("It reached its target; stopping it needs a second signature."),
}

ACT: Mapping[Act, str | Promise] = {
    Act.SUBMIT: gettext_lazy("Submit to the sponsor"),
    Act.REQUEST: gettext_lazy("Ask for the next step"),
    Act.APPROVE: gettext_lazy("Approve"),
    Act.RETURN: gettext_lazy("Send back to draft"),
    Act.REJECT: gettext_lazy("Decline"),
    Act.REVIEW: gettext_lazy("End it and ask for a decision"),
    Act.ITERATE: gettext_lazy("Once more, differently"),
    Act.PAUSE: gettext_lazy("Pause"),
    Act.RESUME: gettext_lazy("Resume"),
    Act.STOP: gettext_lazy("Stop, keep the lesson"),
    Act.WITHDRAW: gettext_lazy("Withdraw"),
}

SEAT: Mapping[SeatKind | Role, str | Promise] = {
    SeatKind.SPONSOR: gettext_lazy("Sponsor"),
    SeatKind.OWNER: gettext_lazy("Owner"),
    SeatKind.STEWARD: gettext_lazy("Data steward"),
    SeatKind.CHANGE_LEAD: gettext_lazy("Change lead"),
    SeatKind.DECIDER: gettext_lazy("Decider"),
    SeatKind.TOOL_OWNER: gettext_lazy("Tool owner"),
    Role.LEAD: gettext_lazy("Portfolio lead"),
}

ASKED: Mapping[Asked, str | Promise] = {
    Asked.OWNER: SEAT[SeatKind.OWNER],
    Asked.SPONSOR: SEAT[SeatKind.SPONSOR],
    Asked.STEWARD: SEAT[SeatKind.STEWARD],
    Asked.CHANGE_LEAD: SEAT[SeatKind.CHANGE_LEAD],
    Asked.LEAD: SEAT[Role.LEAD],
}

HEALTH: Mapping[Health, Look] = {
    Health.ENDED: Look(gettext_lazy("Ended"), "none", "check"),
    Health.DRAFT: Look(gettext_lazy("Draft"), "none", "pen"),
    Health.BLOCKED: Look(gettext_lazy("Blocked"), "bad", "lock"),
    Health.PAUSED: Look(gettext_lazy("Paused"), "warn", "pause"),
    Health.FLAGGED: Look(gettext_lazy("Needs an answer"), "bad", "flag"),
    Health.WAITING: Look(gettext_lazy("For decision"), "info", "inbox"),
    Health.FINE: Look(gettext_lazy("In good order"), "good", "check"),
}

TODO: Mapping[Todo, str | Promise] = {
    Todo.SUBMIT: gettext_lazy("Complete and submit the draft"),
    Todo.FILL_SEAT: gettext_lazy("Fill the empty seat"),
    Todo.ASK_ANEW: gettext_lazy("Ask anew: the case was changed"),
    Todo.RESUME: gettext_lazy("Resume or stop"),
    Todo.ANSWER_FLAG: gettext_lazy("Answer the flag"),
    Todo.DECIDE: gettext_lazy("Decide at the gate"),
    Todo.COUNTERSIGN: gettext_lazy("Sign the sponsor's decision"),
    Todo.CONFIRM: gettext_lazy("Confirm the figures"),
    Todo.START: gettext_lazy("Lock the baseline, ask to start"),
    Todo.RUN: gettext_lazy("Pilot ends, review begins"),
    Todo.REVIEW: gettext_lazy("Yearly review"),
    Todo.NOTHING: gettext_lazy("Nothing more to do"),
}


def act(move: Move) -> str:
    """The words on the button of a step."""
    gate = move.gate if move.act is Act.APPROVE else None
    return str(ANSWER[gate] if gate else ACT[move.act])


def leads_to(move: Move) -> str:
    """Where a step leads."""
    return str(STATE[move.to_state])


def who(step: Step) -> str:
    """Who acts next; empty when it happens by itself."""
    return str(SEAT[step.who]) if step.who is not None else ""


def by(step: Step) -> str:
    """By when, if there is a day."""
    return figures.day(step.by) if step.by else _("no date yet")
