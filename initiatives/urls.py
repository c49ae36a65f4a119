"""Addresses of the pages about initiatives."""

from django.urls import path, re_path

from initiatives.views import costs, detail, money, promises, readiness, scenarios, trust, wizard

ONE = "initiatives/<str:ref>/"

urlpatterns = [
    path("goals/new/", wizard.NewGoal.as_view(), name="goal_new"),
    path("initiatives/new/", wizard.NewInitiative.as_view(), name="initiative_new"),
    path(ONE, detail.initiative, name="initiative"),
    path(f"{ONE}metrics/", detail.metrics, name="initiative_metrics"),
    path(f"{ONE}money/", money.money, name="initiative_money"),
    path(f"{ONE}plan/", wizard.plan, name="plan"),
    re_path(rf"^initiatives/(?P<ref>[^/]+)/plan/(?P<key>{'|'.join(wizard.KEYS)})/$", wizard.step, name="plan_step"),
    path(f"{ONE}targets/", promises.Targets.as_view(), name="targets"),
    path(f"{ONE}targets/new/", promises.NewTarget.as_view(), name="target_new"),
    path(f"{ONE}targets/<str:target>/replace/", promises.ReplaceTarget.as_view(), name="target_replace"),
    path(f"{ONE}targets/<str:target>/baseline/", promises.NewBaseline.as_view(), name="baseline_new"),
    path(f"{ONE}baselines/<int:pk>/lock/", promises.LockBaseline.as_view(), name="baseline_lock"),
    path(f"{ONE}page-sets/new/", promises.NewPageSet.as_view(), name="page_set_new"),
    path(f"{ONE}kill-criteria/new/", promises.NewKill.as_view(), name="kill_new"),
    path(f"{ONE}kill-criteria/<str:criterion>/withdraw/", promises.WithdrawKill.as_view(), name="kill_withdraw"),
    path(f"{ONE}costs/", costs.Costs.as_view(), name="costs"),
    path(f"{ONE}costs/<str:cost>/reverse/", costs.ReverseCost.as_view(), name="cost_reverse"),
    path(f"{ONE}scenarios/", scenarios.Scenarios.as_view(), name="scenarios"),
    path(f"{ONE}scenarios/edit/", scenarios.Agree.as_view(), name="scenarios_edit"),
    path(f"{ONE}assumptions/new/", scenarios.NewAssumption.as_view(), name="assumption_new"),
    path(f"{ONE}assumptions/<str:assumption>/break/", scenarios.Break.as_view(), name="assumption_break"),
    path(f"{ONE}assumptions/<str:assumption>/withdraw/", scenarios.Withdraw.as_view(), name="assumption_withdraw"),
    path(f"{ONE}readiness/", readiness.ReadinessPage.as_view(), name="readiness"),
    path(f"{ONE}readiness/<str:code>/", readiness.Answer.as_view(), name="answer"),
    path(f"{ONE}readiness/<str:code>/verify/", readiness.Verify.as_view(), name="answer_verify"),
    path("trust/", trust.TrustPage.as_view(), name="trust"),
]
