"""The organisation, its units and its people."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from ownership import policy
from ownership.models.governed import Governed

ALARM_POLICIES = [("strict", _("strict")), ("balanced", _("balanced")), ("eager", _("eager"))]


class Organisation(Governed):
    """The one organisation of this installation."""

    name = models.CharField(_("name"), max_length=120)
    zone = models.CharField(_("time zone"), max_length=64, default="Europe/Amsterdam")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    discount_rate = models.DecimalField(_("discount rate"), max_digits=5, decimal_places=4, default="0.10")
    sponsor_rank = models.CharField(
        _("lowest rank of a sponsor"),
        max_length=10,
        default=policy.Rank.DIRECTOR,
        choices=[("manager", _("manager")), ("director", _("director")), ("board", _("board"))],
    )

    alarm_policy = models.CharField(
        _("price of a false alarm"),
        max_length=8,
        default="balanced",
        choices=ALARM_POLICIES,
    )

    blind_share = models.FloatField(_("share of advice on which people choose before seeing it"), default=0.1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="organisation_blind_share_is_a_share", condition=Q(blind_share__gte=0, blind_share__lte=1)
            ),
            models.CheckConstraint(
                name="organisation_alarm_policy_is_known", condition=Q(alarm_policy__in=["strict", "balanced", "eager"])
            ),
            models.CheckConstraint(name="organisation_is_one", condition=Q(pk=1)),
            models.CheckConstraint(
                name="organisation_discount_rate_is_a_share", condition=Q(discount_rate__gte=0, discount_rate__lt=1)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def the(cls) -> Organisation:
        """The one row; made with its defaults when a fresh installation first asks."""
        return cls.objects.get_or_create(pk=1, defaults={"name": "Mandate"})[0]

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def day(self, at: datetime) -> date:
        """The local day of an instant."""
        return at.astimezone(self.tz).date()


class UnitQuerySet(models.QuerySet["Unit"]):
    """Questions about units."""

    def visible_to(self, user: User) -> UnitQuerySet:
        """The own unit and all below it; auditors see every unit, a person without one sees none."""
        if policy.may_read_everything(user.role):
            return self
        if user.unit is None:
            return self.none()
        return self.filter(path__startswith=user.unit.path)


class Unit(Governed):
    """A part of the organisation. `path` holds the ids from the root down: /1/4/9/. A trigger writes it."""

    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(_("name"), max_length=120)
    path = models.TextField(editable=False, default="")

    objects = UnitQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("parent", "name", name="unit_name_is_unique_below_its_parent")]
        indexes = [models.Index(fields=["path"], opclasses=["text_pattern_ops"], name="unit_path")]

    def __str__(self) -> str:
        return self.name

    def line(self) -> list[int]:
        """The ids of the units from the root down to this one."""
        return [int(part) for part in self.path.split("/") if part]


class UserQuerySet(models.QuerySet["User"]):
    """Questions about people."""

    def visible_to(self, user: User) -> UserQuerySet:
        """People are no secret within an organisation; a person without a unit sees only themselves."""
        if user.unit_id is None and not policy.may_read_everything(user.role):
            return self.filter(pk=user.pk)
        return self


class UserManager(BaseUserManager["User"]):
    """Makes people. E-mail addresses are compared without regard to case."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: User) -> UserQuerySet:
        return self.get_queryset().visible_to(user)

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        """What `manage.py createsuperuser` calls: an admin, who has no gate authority."""
        return self.create_user(email, password, **({"role": policy.Role.ADMIN, "name": email} | fields))

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. People are deactivated, never deleted: their name stays on what they decided."""

    prefix: ClassVar[str] = "P"

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    title = models.CharField(_("job title"), max_length=120, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="people")
    role = models.CharField(
        _("role"),
        max_length=10,
        default=policy.Role.MEMBER,
        choices=[
            ("member", _("member")),
            ("lead", _("portfolio lead")),
            ("admin", _("admin")),
            ("auditor", _("auditor")),
        ],
    )
    rank = models.CharField(
        _("rank"),
        max_length=10,
        default=policy.Rank.STAFF,
        choices=[("staff", _("staff")), ("manager", _("manager")), ("director", _("director")), ("board", _("board"))],
    )
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    stream: ClassVar[str] = "organisation"
    stream_unit_id: ClassVar[None] = None

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_email_is_lower_case", condition=Q(email=Lower("email"))),
            models.CheckConstraint(name="user_role_is_known", condition=Q(role__in=list(policy.Role))),
            models.CheckConstraint(name="user_rank_is_known", condition=Q(rank__in=list(policy.Rank))),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        return f"{self.prefix}-{self.pk}"

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()

    @property
    def is_staff(self) -> bool:
        """Django's admin asks this."""
        return self.role == policy.Role.ADMIN

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """The admin's pages offer configuration, never gates: those have no admin page to edit them in."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff
