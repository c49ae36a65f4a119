"""What the story filter says of a verdict, and the constants it says it with."""

import django.db.models.deletion
from django.db import migrations, models

from ownership.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0006_advice_left_lying"),
    ]

    operations = [
        migrations.CreateModel(
            name="Parameters",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("values", models.JSONField()),
                ("first_used_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="verdict",
            name="counters",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="verdict",
            name="detectable",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="verdict",
            name="expected",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="verdict",
            name="p_dead",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="verdict",
            name="p_neg",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="verdict",
            name="p_reach",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="verdict",
            name="rate",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="verdict",
            name="rate_sd",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="verdict",
            name="stories",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="verdict",
            name="tells_from",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="verdict",
            name="parameters",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="initiatives.parameters"
            ),
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("p_dead", None), ("p_neg", None), ("p_reach", None), ("parameters", None)),
                    models.Q(
                        ("p_dead__isnull", False),
                        ("p_dead__range", (0, 1)),
                        ("p_neg__isnull", False),
                        ("p_neg__range", (0, 1)),
                        ("p_reach__isnull", False),
                        ("p_reach__range", (0, 1)),
                        ("parameters__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="verdict_chances_are_all_or_none",
            ),
        ),
        append_only("initiatives_parameters"),
    ]
