from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("decisions", "0011_first_choices")]

    operations = [
        migrations.AddField("backtest", "started_at", models.DateTimeField(null=True)),
        migrations.AddField("backtest", "stop_asked_at", models.DateTimeField(null=True)),
    ]
