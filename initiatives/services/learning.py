"""Learning from pilots that have ended: priors in force for what is forecast, never for what rings an alarm."""

from datetime import datetime

from django.db import transaction

from initiatives.calibration import LEAST_PILOTS, PSEUDO_COUNT
from initiatives.models import Parameters, Publication
from initiatives.models.trust import read_lesson
from initiatives.stories import PARAMETERS
from ownership import policy
from ownership.models import Event, Organisation, User
from ownership.policy import Role
from ownership.refusals import Incomplete, NotNow
from ownership.refusals import gettext_noop as _


@transaction.atomic
def publish_priors(*, learned: bool, by: User, at: datetime, reason: str) -> Publication:
    """Put the priors that ended pilots teach in force, or the shipped ones again. Verdicts use them from then on."""
    policy.require_role(by.role, Role.LEAD)
    if not reason.strip():
        raise Incomplete(_("Say why. The reason is kept."), field="reason")
    Organisation.objects.select_for_update().get(pk=Organisation.the().pk)  # one at a time
    lesson = read_lesson(at=at)
    if learned and not lesson.is_enough:
        said = _("Only %(pilots)s pilots have ended; %(least)s are needed to learn from them.")
        raise NotNow(said, code="too_few_pilots", pilots=lesson.pilots, least=LEAST_PILOTS)
    if learned and (days := lesson.days_left(at)):
        said = _("They were learnt a short while ago. Learn again in %(days)s days.")
        raise NotNow(said, code="too_soon", days=days)
    version = lesson.learned if learned else PARAMETERS
    if version.sha256 == Parameters.objects.current(at=at).sha256:
        raise NotNow(_("These are in force already."), code="in_force")
    publication = Publication.objects.create(
        parameters=Parameters.objects.stored(version, at=at),
        base=PARAMETERS.sha256,
        pilots=lesson.pilots if learned else 0,
        pseudo_count=PSEUDO_COUNT,
        by=by,
        at=at,
        reason=reason,
    )
    after = {"parameters": version.sha256, "pilots": publication.pilots, "pseudo_count": PSEUDO_COUNT}
    Event.objects.record("priors.published", about=publication, by=by, at=at, reason=reason, after=after)
    return publication
