from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0014_scenarios"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="verdict",
            name="verdict_chances_are_all_or_none",
        ),
        migrations.AddConstraint(
            model_name="verdict",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("p_dead", None), ("p_neg", None), ("p_reach", None)),
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
    ]
