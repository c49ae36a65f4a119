"""Decision tables as DMN (Decision Model and Notation, OMG): 1.5 is written, what fits of 1.1 to 1.5 is read.

Every row is a box, so nothing is lost: facts are inputs, `authority` is the one output with its values in the order of
strictness, the rest of a row stands in annotations by its own name. What cannot be meant is refused by element id.
"""

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import defusedxml
from defusedxml.ElementTree import fromstring

from decisions.rules import feel, sheet
from decisions.rules.analysis import findings
from decisions.rules.authority import Authority
from decisions.rules.faults import Fault, Faults, Wrong
from decisions.rules.schema import Fact, FactType, Schema
from decisions.rules.table import CODE, MOST_ROWS, HitPolicy, Table, read_table

Json = dict[str, Any]

NAMESPACE: Final = "https://www.omg.org/spec/DMN/20230324/MODEL/"
READ: Final = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",  # 1.1
    "http://www.omg.org/spec/DMN/20180521/MODEL/",  # 1.2
    "https://www.omg.org/spec/DMN/20191111/MODEL/",  # 1.3
    "https://www.omg.org/spec/DMN/20211108/MODEL/",  # 1.4
    NAMESPACE,
}
OURS: Final = "urn:mandate:rules:1"
LEVELS: Final = [level.key for level in Authority]
POLICIES: Final = {HitPolicy.RESTRICTIVE: "PRIORITY", HitPolicy.FIRST: "FIRST", HitPolicy.UNIQUE: "UNIQUE"}
MEANT: Final = {
    "UNIQUE": HitPolicy.UNIQUE,
    "FIRST": HitPolicy.FIRST,
    "PRIORITY": HitPolicy.RESTRICTIVE,
    "ANY": HitPolicy.RESTRICTIVE,  # where rows that meet agree, the strictest of them is the same
    "COLLECT": HitPolicy.RESTRICTIVE,
}
TYPES: Final = {FactType.BOOLEAN: "boolean", FactType.DATE: "date", FactType.ENUM: "string"}
WARNING: Final = (
    "In Mandate a fact that is not known never gives the AI more say: a row that may apply counts, and the strictest "
    "counts. Other engines treat a missing fact as a test that fails, so give them complete facts only."
)


# --- writing ---


def write(table: Table, schema: Schema, *, name: str, default: Authority | None, facets: Mapping[str, str]) -> bytes:
    """The table as a DMN 1.5 file. `facets` are what else to say of the version: its number, sha256, last day."""
    names = sheet.columns(table, schema)
    root = Element(
        "definitions",
        {"xmlns": NAMESPACE, "xmlns:mandate": OURS, "id": "definitions", "name": name, "namespace": OURS},
    )
    _child(root, "description", WARNING)
    extension = _child(root, "extensionElements")
    ET.SubElement(extension, "mandate:version", dict(facets))
    for fact in names:
        ET.SubElement(extension, "mandate:fact", _facets(schema[fact]))
    for fact in names:
        data = _child(root, "inputData", id=f"data_{fact}", name=fact)
        _child(data, "variable", id=f"variable_{fact}", name=fact, typeRef=_type(schema[fact]))
    decision = _child(root, "decision", id="decision", name=name)
    _child(decision, "variable", id="variable", name="authority", typeRef="string")
    for fact in names:
        requirement = _child(decision, "informationRequirement", id=f"requires_{fact}")
        _child(requirement, "requiredInput", href=f"#data_{fact}")
    _table(decision, table, schema, names, default)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _table(parent: Element, table: Table, schema: Schema, names: list[str], default: Authority | None) -> None:
    element = _child(parent, "decisionTable", id="table", hitPolicy=POLICIES[table.policy], outputLabel="authority")
    for fact in names:
        column = _child(element, "input", id=f"input_{fact}", label=fact)
        _text(column, "inputExpression", fact, id=f"expression_{fact}", typeRef=_type(schema[fact]))
        if values := schema[fact].values:
            _text(column, "inputValues", _quoted(values), id=f"values_{fact}")
    output = _child(element, "output", id="output", name="authority", typeRef="string")
    _text(output, "outputValues", _quoted(LEVELS), id="output_values")
    if default is not None:
        _text(output, "defaultOutputEntry", f'"{default.key}"', id="output_default")
    rows = table.source["rows"]
    notes = [note for note in sheet.ANSWERS[1:] if any(sheet.write_answer(row["then"], note) for row in rows)]
    for note in notes:
        _child(element, "annotation", name=note)
    for row in rows:
        rule, code, when = _child(element, "rule", id=row["code"]), row["code"], row.get("when", {})
        for fact in names:
            cell = feel.write(schema[fact], when[fact]) if fact in when else feel.ANY
            _text(rule, "inputEntry", cell, id=f"{code}_{fact}")
        _text(rule, "outputEntry", f'"{row["then"]["authority"]}"', id=f"{code}_authority")
        for note in notes:
            _text(rule, "annotationEntry", sheet.write_answer(row["then"], note))


def _facets(fact: Fact) -> dict[str, str]:
    limits = {"minimum": fact.minimum, "maximum": fact.maximum} if fact.type not in TYPES else {}
    return {
        "name": fact.name,
        "type": fact.type.value,
        "source": fact.source.value,
        "unit": fact.unit,
        "required": feel.numeral(fact.required),
        "integer": feel.numeral(fact.integer),
        **{key: feel.numeral(end) for key, end in limits.items()},
    }


def _type(fact: Fact) -> str:
    return TYPES.get(fact.type, "number")


def _quoted(values: Any) -> str:
    return ",".join(f'"{value}"' for value in values)


def _child(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    child = ET.SubElement(parent, tag, attributes)
    child.text = text
    return child


def _text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    _child(_child(parent, tag, **attributes), "text", text)


# --- reading ---


def read(data: bytes, schema: Schema, *, default: Authority | None, because: str) -> Json:
    """The one decision table of a DMN file as the JSON of a table that is known to be one.

    `default` is what the domain answers where no row fits, `because` stands in for a reason that the file lacks.
    Raises `Wrong` with every fault; its row is the rule's id, its field the element's.
    """
    table = _find(data)
    faults = Faults()
    policy = table.get("hitPolicy", "UNIQUE")
    if policy not in MEANT or table.get("aggregation"):
        faults.add("dmn_policy", _id(table), policy=table.get("aggregation") or policy, known=sorted(MEANT))
    reader = _Reader(table, schema, because, faults)
    rows = reader.rows()
    if policy == "PRIORITY":
        reader.require_our_order()
    rows += reader.default_row(default, policy)
    faults.settle()
    content = {"hit_policy": MEANT[policy].value, "rows": rows}
    try:
        found = findings(read_table(content, schema))
    except Wrong as wrong:
        raise Wrong([fault._replace(row=reader.rule_of.get(fault.row, fault.row)) for fault in wrong.faults]) from None
    if policy == "ANY":
        pairs = [finding.rows for finding in found if finding.code == "conflict"]
        faults.found += [Fault("dmn_any", reader.rule_of[b], params={"other": reader.rule_of[a]}) for a, b in pairs]
        faults.settle()
    return content


def _find(data: bytes) -> Element:
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except defusedxml.DefusedXmlException:
        raise Wrong([Fault("xml_entities", "file")]) from None
    except (ET.ParseError, ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise Wrong([Fault("not_xml", "file")]) from None
    namespace, _brace, tag = root.tag.removeprefix("{").partition("}")
    if tag != "definitions" or namespace not in READ:
        raise Wrong([Fault("not_dmn", tag or namespace)])
    for element in root.iter():  # one name for all versions
        element.tag = element.tag.removeprefix(f"{{{namespace}}}") if isinstance(element.tag, str) else ""
    tables = list(root.iter("decisionTable"))
    if len(tables) != 1:
        raise Wrong([Fault("dmn_tables", ", ".join(map(_id, tables)) or _id(root), params={"count": len(tables)})])
    return tables[0]


class _Reader:
    """The clauses of a table, then its rules. `rule_of` has the rule's id by the code of the row that it became."""

    def __init__(self, table: Element, schema: Schema, because: str, faults: Faults) -> None:
        self.faults = faults
        self.because = because
        self.rule_of: dict[str, str] = {}
        self.rules = table.findall("rule")
        self.inputs = [self._fact(element, at, schema) for at, element in enumerate(table.findall("input"), start=1)]
        self.outputs = table.findall("output")
        self.names = [self._answer(element, at) for at, element in enumerate(self.outputs, start=1)]
        if "authority" not in self.names:
            faults.add("dmn_authority", _id(table))
        self.notes = [clause.get("name", "") for clause in table.findall("annotation")]

    def rows(self) -> list[Json]:
        found: list[Json] = []
        for at, rule in enumerate(self.rules, start=1):
            here = Faults(row=_id(rule, at))
            for row in self._rows(rule, at, here):
                self.rule_of[row["code"]] = here.row
                found.append(row)
            self.faults.found += here.found
            if len(found) > MOST_ROWS:
                raise Wrong([Fault("too_many_rows", here.row, params={"most": MOST_ROWS})])
        return found

    def require_our_order(self) -> None:
        """Under PRIORITY the order of the output values is the meaning: it must be that of strictness."""
        for output in (o for o, name in zip(self.outputs, self.names, strict=True) if name == "authority"):
            listed = [_bare(part) for part in _read_text(output, "outputValues").split(",")]
            if listed != [level for level in LEVELS if level in listed] or not set(self.rule_levels()) <= set(listed):
                self.faults.add("dmn_order", _id(output, 1), known=LEVELS)

    def rule_levels(self) -> Iterator[str]:
        at = self.names.index("authority") if "authority" in self.names else 0
        for rule in self.rules:
            entries = rule.findall("outputEntry")
            if at < len(entries):
                yield _bare(_read_text(entries[at]))

    def default_row(self, default: Authority | None, policy: str) -> list[Json]:
        """A default of the file's own: a last row where the first decides; elsewhere it must be the domain's."""
        for output in self.outputs:
            entry = _bare(_read_text(output, "defaultOutputEntry"))
            if entry and entry != (default.key if default else ""):
                if policy == "FIRST" and entry in LEVELS:
                    self.rule_of["REST"] = _id(output, 1)
                    return [{"code": "REST", "when": {}, "then": {"authority": entry, "because": self.because}}]
                self.faults.add("dmn_default", _id(output, 1), known=[default.key if default else ""])
        return []

    def _fact(self, element: Element, at: int, schema: Schema) -> Fact | None:
        expression = element.find("inputExpression")
        name = _read_text(element, "inputExpression").strip()
        if name in schema:
            return schema[name]
        named = element if expression is None or not expression.get("id") else expression
        self.faults.add("dmn_input", _id(named, at), text=name[:80], known=list(schema))
        return None

    def _answer(self, element: Element, at: int) -> str:
        """Which part of a row's answer an output is. A lone one is the authority, whatever its name."""
        name = element.get("name", "")
        if name in sheet.ANSWERS:
            return name
        if len(self.outputs) == 1:
            return "authority"
        self.faults.add("dmn_output", _id(element, at), text=name[:80], known=list(sheet.ANSWERS))
        return ""

    def _rows(self, rule: Element, at: int, faults: Faults) -> Iterator[Json]:
        """The row, or the rows where a cell is a list that no one cell can be."""
        entries, outputs = rule.findall("inputEntry"), rule.findall("outputEntry")
        if (len(entries), len(outputs)) != (len(self.inputs), len(self.outputs)):
            faults.add("dmn_width", faults.row)
            return
        choices = [
            [(fact.name, cell) for cell in self._cells(fact, entry, place, faults)]
            for place, (fact, entry) in enumerate(zip(self.inputs, entries, strict=True), start=1)
            if fact is not None
        ]
        then = self._then(rule, outputs, faults)
        whens = list(islice(product(*choices), MOST_ROWS + 1))
        for number, when in enumerate(whens):
            code = self._code(rule, at, number if len(whens) > 1 else None)
            yield {"code": code, "when": {name: cell for name, cell in when if cell}, "then": then}

    def _cells(self, fact: Fact, entry: Element, place: int, faults: Faults) -> list[feel.Spec]:
        text = _read_text(entry)
        try:
            if "feel" not in entry.get("expressionLanguage", "feel").lower():
                raise feel.NotRead(text)
            return feel.read(fact, text)
        except feel.NotRead as wrong:
            faults.add("not_feel", _id(entry, place), text=str(wrong)[:80])
            return [{}]

    def _then(self, rule: Element, outputs: list[Element], faults: Faults) -> Json:
        said = dict(zip(self.notes, map(_read_text, rule.findall("annotationEntry")), strict=False))
        for place, (name, entry) in enumerate(zip(self.names, outputs, strict=True), start=1):
            said[name] = _bare(_read_text(entry))
            if name == "authority" and said[name] not in LEVELS:
                faults.add("dmn_level", _id(entry, place), text=said[name][:80], known=LEVELS)
        reason = " ".join((rule.findtext("description") or "").split())[:300]
        then = {name: sheet.read_answer(said.get(name, ""), name) for name in sheet.ANSWERS}
        then["because"] = then["because"] or reason or self.because
        return {name: value for name, value in then.items() if value is not None}

    def _code(self, rule: Element, at: int, number: int | None) -> str:
        """The rule's own id where it is a code, else its place; with a letter where it became several rows."""
        given = rule.get("id", "")
        code = given if CODE.fullmatch(given) and given not in self.rule_of and given != "DEFAULT" else f"R{at}"
        if number is None:
            return code
        return f"R{at}{chr(ord('A') + number // 26 % 26)}{chr(ord('A') + number % 26)}"


def _id(element: Element, at: int | None = None) -> str:
    return (element.get("id") or f"{element.tag} {at or ''}".strip())[:80]


def _read_text(element: Element, tag: str = "") -> str:
    """The text of an element, or of its child of that tag; empty where there is none."""
    return element.findtext(f"{tag}/text" if tag else "text") or ""


def _bare(text: str) -> str:
    """A FEEL literal without its quotes."""
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
