"""The story filter: does a pilot work, will it reach its goal, or can we not tell yet?

Pure: arrays in, arrays out; no database, no clock. Many targets are judged in one batch. How a caller uses it:

1. Weekly sums per target, from a grouped query or from `weekly.weekly`: a `Weeks` of [N, T] arrays in which column
   `first` is every pilot's week 0. `scale_of` gives each KPI's scale from its kind and its baseline.
2. A `Batch` with the plan, the policy, k closed weeks, and the `counters` of the verdict on week k - 1.
3. `judge(batch)` gives a `Judgement`: status, chances, effect, units, stories, and counters to store. Judging a week
   again starts from the same counters, so that twice the same week is never "twice". A pilot that missed weeks is
   judged on each of them in turn.
4. After that, where wanted: `power` before a pilot, `would_change` for the sentence, `paths` for the chart,
   `guard.judge` for guardrails.

The same inputs and the same `Parameters` give the same answer in every year to come. docs/verdicts.md tells the method.
"""

from initiatives.stories.chances import Chances
from initiatives.stories.judging import Batch, Judgement, judge
from initiatives.stories.parameters import PARAMETERS, POLICIES, Parameters
from initiatives.stories.paths import Paths, paths
from initiatives.stories.planning import Power, power, would_change
from initiatives.stories.scales import Scale, Weeks, scale_of
from initiatives.stories.statuses import STATUSES, Counter
from initiatives.stories.weekly import weekly

__all__ = [
    "PARAMETERS",
    "POLICIES",
    "STATUSES",
    "Batch",
    "Chances",
    "Counter",
    "Judgement",
    "Parameters",
    "Paths",
    "Power",
    "Scale",
    "Weeks",
    "judge",
    "paths",
    "power",
    "scale_of",
    "weekly",
    "would_change",
]
