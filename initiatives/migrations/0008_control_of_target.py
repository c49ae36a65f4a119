"""What an untreated series is to a target."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0007_story_verdicts"),
        ("metrics", "0004_mentions"),
    ]

    operations = [
        migrations.AddField(
            model_name="target",
            name="control",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="metrics.kpi",
                verbose_name="the same of untreated pages, to compare with",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("control", None), models.Q(("control", models.F("kpi")), _negated=True), _connector="OR"
                ),
                name="target_control_is_another_kpi",
            ),
        ),
    ]
