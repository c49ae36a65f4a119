"""The thirty questions of the five failure factors: read, answer, verify."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.views.generic import TemplateView

from initiatives import sentences
from initiatives.forms import AnswerForm
from initiatives.models import Initiative, ReadinessAnswer
from initiatives.readiness import QUESTIONS, Factor, Question, share
from initiatives.services import evidence
from initiatives.views.frame import InitiativeAct, find
from ownership.models import User
from ownership.pages import ReasonForm, person


@dataclass(frozen=True)
class Asked:
    """A question with its answer and what this person may do about it."""

    question: Question
    text: str
    answer: ReadinessAnswer | None
    form: AnswerForm | None
    may_verify: bool
    is_first: bool  # of those without an answer: it stands open

    @property
    def anchor(self) -> str:
        return anchor(self.question.code)


@dataclass(frozen=True)
class Looked:
    """One way of failing, and how well it was looked at: 0 to 1, None where nothing applies."""

    factor: Factor
    share: float | None
    questions: list[Asked]


def anchor(code: str) -> str:
    """F1.2 as an id on the page: dots have a meaning in addresses of style."""
    return code.replace(".", "-")


def form_of(code: str, answer: ReadinessAnswer | None) -> AnswerForm:
    names = ["version", "text", "number", "evidence", "not_applicable_reason"]
    initial = {name: getattr(answer, name) for name in names} if answer else {}
    return AnswerForm(initial=initial, auto_id=f"{anchor(code)}_%s")


def asked(initiative: Initiative, me: User, codes: Collection[str]) -> list[Asked]:
    """Those questions with their answers."""
    answers = {answer.question: answer for answer in initiative.answers.select_related("answered_by", "verified_by")}
    may_answer = initiative.is_answered_by(me)
    found: list[Asked] = []
    for code in codes:
        answer = answers.get(code)
        is_first = answer is None and may_answer and not any(row.is_first for row in found)
        may_verify = answer is not None and answer.verified_by_id is None and answer.answered_by != me
        form = form_of(code, answer) if may_answer else None
        found.append(Asked(QUESTIONS[code], sentences.question(code), answer, form, may_verify, is_first))
    return found


def factors(rows: Collection[Asked]) -> list[Looked]:
    """The questions by way of failing, each with how much of it is answered."""
    scores = {
        row.question.code: None if row.answer.not_applicable_reason else row.answer.score for row in rows if row.answer
    }
    return [
        Looked(factor, share(factor, scores), [row for row in rows if row.question.factor is factor])
        for factor in Factor
    ]


class ReadinessPage(TemplateView):
    """Everything that was asked and answered, by way of failing."""

    template_name = "initiatives/readiness.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        initiative = find(self.request, self.kwargs["ref"])
        rows = asked(initiative, person(self.request), list(QUESTIONS))
        answered = sum(row.answer is not None for row in rows)
        return super().get_context_data(**kwargs) | {
            "initiative": initiative,
            "factors": factors(rows),
            "answered": answered,
            "total": len(QUESTIONS),
        }


class Answer(InitiativeAct[AnswerForm]):
    """The answer to one question; refused, it comes back alone on its page."""

    template_name = "initiatives/answer.html"
    form_class = AnswerForm

    def find(self) -> ReadinessAnswer | None:
        super().find()
        if self.kwargs["code"] not in QUESTIONS:
            raise Http404
        return self.initiative.answers.filter(question=self.kwargs["code"]).first()

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | dict(form_of(self.kwargs["code"], self.row).initial)

    def act(self, form: AnswerForm) -> str:
        stamp = self.stamp(form)
        del stamp["reason"]
        code = self.kwargs["code"]
        given = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        evidence.answer_question(initiative=self.initiative, question=code, **given, **stamp)
        return self.back()

    def back(self) -> str:
        """To the step of the wizard from which it was sent, or to the list."""
        fragment = f"#{anchor(self.kwargs['code'])}"
        if self.request.GET.get("from") == "plan":
            return reverse("plan_step", args=[self.initiative.ref, "risks"]) + fragment
        return reverse("readiness", args=[self.initiative.ref]) + fragment

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        code = self.kwargs["code"]
        return super().get_context_data(**kwargs) | {"code": code, "question": sentences.question(code)}


class Verify(InitiativeAct[ReasonForm]):
    """Standing for somebody else's answer."""

    template_name = "initiatives/verify.html"
    form_class = ReasonForm

    def find(self) -> ReadinessAnswer:
        super().find()
        answer = self.initiative.answers.filter(question=self.kwargs["code"]).select_related("answered_by").first()
        if answer is None:
            raise Http404
        return answer

    def act(self, form: ReasonForm) -> str:
        evidence.verify_answer(answer=self.row, **self.stamp(form))
        return reverse("readiness", args=[self.initiative.ref])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        code = self.kwargs["code"]
        return super().get_context_data(**kwargs) | {"answer": self.row, "question": sentences.question(code)}
