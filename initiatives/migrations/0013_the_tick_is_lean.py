from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform, KeyTransform

# A new verdict changes none of these columns, so the shares of its KPI need no new sum.
_TRIGGER = """
DROP TRIGGER attribution_of_target ON initiatives_target;
CREATE CONSTRAINT TRIGGER attribution_of_target AFTER INSERT OR UPDATE{} ON initiatives_target
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION initiatives_attribution_guard();
"""
_COLUMNS = " OF initiative_id, kpi_id, value_likely, attribution, superseded_at"


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0012_lost_records")]

    operations = [
        migrations.RunSQL(_TRIGGER.format(_COLUMNS), _TRIGGER.format("")),
        migrations.AddField(
            "verdict",
            "began_on",
            models.GeneratedField(
                expression=KeyTextTransform("starts_on", KeyTransform("plan", "inputs")),
                output_field=models.CharField(max_length=10),
                db_persist=True,
            ),
        ),
    ]
