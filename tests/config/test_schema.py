"""The description of the API that callers build on."""

from pathlib import Path

from django.core.management import call_command

from config.environment import ROOT


def test_the_committed_description_is_what_the_code_answers(tmp_path: Path) -> None:
    """If it is not: `make schema`, then read the difference as a caller would."""
    now = tmp_path / "openapi.yaml"

    call_command("spectacular", file=str(now), fail_on_warn=True)

    assert now.read_text() == ROOT.joinpath("docs/openapi.yaml").read_text()
