"""The rules of the house that neither ruff, mypy nor import-linter can see."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db.models import Model

from config.environment import ROOT

FLOORS = ["ownership", "metrics", "initiatives", "decisions", "config"]  # from the ground up
BANNED_NAMES = {"utils", "helpers", "common", "core", "selectors", "managers", "signals", "constants", "exceptions"}
EDGES = {"views", "api", "admin", "tasks", "templatetags", "management"}
READING_EDGES = {"views", "api", "admin", "templatetags"}
WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
SENDING = {"delay", "apply_async", "send_task"}
LONGEST = 400  # lines; a guide: split by meaning
NOT_IN_TEMPLATES = re.compile(
    r"\|\s*safe\b|autoescape off|<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", re.IGNORECASE
)


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file of ours, as a path from the root and its syntax tree."""
    for top in [*FLOORS, "tests", "benchmarks"]:
        for path in sorted(ROOT.joinpath(top).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text())


def chains(tree: ast.AST) -> Iterator[tuple[int, list[str]]]:
    """Each dotted expression with its line: `Flag.objects.filter(x).update(y)` gives objects, filter, update."""
    inner: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Call) and node not in inner:
            names: list[str] = []
            step: ast.expr = node
            while isinstance(step, ast.Attribute | ast.Call | ast.Subscript):
                inner.add(step)
                if isinstance(step, ast.Attribute):
                    names.append(step.attr)
                step = step.func if isinstance(step, ast.Call) else step.value
            yield node.lineno, names[::-1]


def is_in(path: Path, rooms: set[str]) -> bool:
    return path.parts[0] in FLOORS and bool(rooms & {*path.parts, path.stem})


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in FLOORS]


def test_foreign_keys_point_down() -> None:
    upward = [
        f"{field} → {target._meta.label}"
        for model in our_models()
        for field in model._meta.get_fields()
        if (target := field.related_model) and not field.auto_created and target._meta.app_label in FLOORS
        if FLOORS.index(target._meta.app_label) > FLOORS.index(model._meta.app_label)
    ]

    assert upward == []


def test_no_generic_foreign_key() -> None:
    generic = [
        str(field)
        for model in our_models()
        for field in model._meta.private_fields
        if isinstance(field, GenericForeignKey)
    ]

    assert generic == []


def test_no_model_has_a_default_order() -> None:
    assert [model._meta.label for model in our_models() if model._meta.ordering] == []


def test_every_file_is_named_after_a_thing_of_the_domain() -> None:
    assert [str(path) for path, _ in sources() if BANNED_NAMES & {*path.parts, path.stem}] == []


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    """Migrations are for machines."""
    written = [path for path, _ in sources() if "migrations" not in path.parts]
    lengths = {str(path): len(ROOT.joinpath(path).read_text().splitlines()) for path in written}

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_edges_do_not_write() -> None:
    writes = [
        f"{path}:{line} {'.'.join(names)}"
        for path, tree in sources()
        if is_in(path, EDGES)
        for line, names in chains(tree)
        if "save" in names or ("objects" in names and WRITES & set(names))
    ]

    assert writes == []


def test_edges_read_through_visible_to() -> None:
    """A viewset's class-level `queryset` is the exception: its base class applies `visible_to`."""
    bare = [
        f"{path}:{line} {'.'.join(names)}"
        for path, tree in sources()
        if is_in(path, READING_EDGES)
        for line, names in chains(without_viewset_querysets(tree))
        if "objects" in names and "visible_to" not in names
    ]

    assert bare == []


def without_viewset_querysets(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = [line for line in node.body if not is_assignment(line, "queryset")]
    return tree


def is_assignment(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]


def test_no_serializer_or_form_takes_all_fields() -> None:
    everything = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if is_assignment(node, "fields") and isinstance(node, ast.Assign) and ast.unparse(node.value) == "'__all__'"
    ]

    assert everything == []


def test_only_the_celery_module_rings_doorbells() -> None:
    sent = [
        f"{path}:{line}"
        for path, tree in sources()
        if path != Path("config/celery.py")
        for line, names in chains(tree)
        if SENDING & set(names)
    ]

    assert sent == []


def test_templates_keep_to_the_content_security_policy() -> None:
    found = {
        str(path.relative_to(ROOT)): matches
        for path in ROOT.glob("templates/**/*.html")
        if (matches := NOT_IN_TEMPLATES.findall(path.read_text()))
    }

    assert found == {}
