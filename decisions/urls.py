"""Addresses of the pages on which something is decided."""

from django.urls import path, re_path

from decisions.views import (
    breakers,
    flags,
    gates,
    inbox,
    learning,
    portfolio,
    recommendations,
    reviews,
    rules,
    together,
)

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/decided/", inbox.decided, name="decided"),
    path("portfolio/", portfolio.portfolio, name="portfolio"),
    path("initiatives/<str:ref>/gates/", gates.StepsPage.as_view(), name="steps"),
    re_path(r"^initiatives/(?P<ref>[^/]+)/gates/(?P<gate>G[1-3])/$", gates.GatePage.as_view(), name="gate"),
    path("initiatives/<str:ref>/flags/<str:flag>/", flags.FlagPage.as_view(), name="flag"),
    path("rules/", rules.rule_sets, name="rules"),
    path("rules/new/", rules.NewRules.as_view(), name="rules_new"),
    path("rules/backtests/<str:ref>/", rules.backtest, name="backtest"),
    path("rules/backtests/<str:ref>/stop/", rules.StopBackTest.as_view(), name="backtest_stop"),
    path("rules/<str:ref>/", rules.RulesPage.as_view(), name="rule_version"),
    path("rules/<str:ref>/diff/", rules.compared, name="rule_diff"),
    path("rules/<str:ref>/edit/", rules.EditRules.as_view(), name="rule_edit"),
    path("rules/<str:ref>/backtest/", rules.AskBackTest.as_view(), name="rule_backtest"),
    path("rules/<str:ref>/file/", rules.TakeFile.as_view(), name="rule_file"),
    re_path(r"^rules/(?P<ref>[^/]+)/(?P<kind>dmn|xlsx|csv)/$", rules.saved, name="rule_saved"),
    path("rules/<str:ref>/submit/", rules.Submit.as_view(), name="rule_submit"),
    path("rules/<str:ref>/return/", rules.SendBack.as_view(), name="rule_return"),
    path("rules/<str:ref>/publish/", rules.Publish.as_view(), name="rule_publish"),
    path("rules/<str:ref>/retire/", rules.Retire.as_view(), name="rule_retire"),
    path("recommendations/<str:ref>/", recommendations.RecommendationPage.as_view(), name="recommendation"),
    path("recommendations/<str:ref>/decide/", recommendations.Decide.as_view(), name="recommendation_decide"),
    path("recommendations/<str:ref>/first/", recommendations.ChooseFirst.as_view(), name="recommendation_first"),
    path("recommendations/<str:ref>/facts/", recommendations.SupplyFacts.as_view(), name="recommendation_facts"),
    path("recommendations/<str:ref>/together/", together.Together.as_view(), name="together"),
    path("breakers/<str:ref>/", breakers.BreakerPage.as_view(), name="breaker"),
    path("reviews/<str:ref>/", reviews.ReviewPage.as_view(), name="review"),
    path("learning/", learning.learned, name="learning"),
    path("decisions/", recommendations.decision_log, name="decision_log"),
    path("decisions/<str:ref>/", recommendations.decision, name="decision"),
]
