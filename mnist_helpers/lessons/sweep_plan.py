"""Which settings a sweep tries: from the command line, from Python, or from a file."""

import ast
import contextlib
import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

Value = bool | int | float | str
Settings = dict[str, Value]
KINDS = {bool: "True or False", int: "a whole number", float: "a number", str: "a word"}
NOT_VARIED = {"seed": "use seeds instead", "fast": "it holds for the whole sweep"}


class SweepError(Exception):
    """A sweep that cannot be run; the message says why."""


@dataclass(frozen=True)
class Plan:
    """What is tried.

    Attributes:
        base: every parameter of the notebook as it is when nothing is varied.
        settings: what is tried: the parameters that are varied, each time with a value for each.
        varied: for each parameter that is varied its values; numbers from low to high.
        one_at_a_time: whether each setting differs from the base in one parameter at most.
    """

    base: Settings
    settings: list[Settings]
    varied: dict[str, list[Value]]
    one_at_a_time: bool

    def differences(self, settings: Settings) -> Settings:
        """The part of the settings that is not as in the base."""
        return {name: value for name, value in settings.items() if value != self.base[name]}

    def describe(self, settings: Settings) -> str:
        """The settings in a few words: what differs from the base."""
        different = self.differences(settings).items()
        return ", ".join(f"{name} = {show_value(value)}" for name, value in different) or "base"


def show_value(value: Value) -> str:
    """A value in its shortest form."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def make_plan(
    base: Settings,
    vary: Mapping[str, Sequence[Value]] | None = None,
    settings: Sequence[Settings] | None = None,
    *,
    grid: bool = False,
) -> Plan:
    """Decide which settings are tried.

    Args:
        base: the notebook's parameters and their values.
        vary: parameters, each with its values; the others stay as in the base.
        settings: a list of settings instead; what one of them does not name is as in the base.
        grid: try every combination of ``vary``; otherwise one parameter at a time.

    Raises:
        SweepError: for a parameter that the notebook does not have, a value of the wrong kind, or
            if there is nothing to compare.
    """
    if bool(vary) == bool(settings):
        raise SweepError("Say what to vary, or give a list of settings: one of the two.")
    names = list(vary or dict.fromkeys(name for one in settings for name in one))
    _check_names(base, names)
    if vary:
        values = {name: _distinct(base, name, vary[name]) for name in names}
        tried = _combined(values) if grid else _one_at_a_time(base, values)
        if few := [name for name, found in values.items() if len(found) < 2]:
            raise SweepError(f"{few[0]} has one value only. Give at least two, to compare them.")
    else:
        tried = [
            {name: _value(base, name, one.get(name, base[name])) for name in names}
            for one in settings
        ]
        values = {name: _distinct(base, name, [one[name] for one in tried]) for name in names}
    varied = {name: found for name, found in values.items() if len(found) > 1}
    if not varied:
        raise SweepError("All the settings are the same: there is nothing to compare.")
    tried = [one for place, one in enumerate(tried) if one not in tried[:place]]
    return Plan(base, tried, varied, one_at_a_time=bool(vary) and not grid)


def _one_at_a_time(base: Settings, values: Mapping[str, list[Value]]) -> list[Settings]:
    rest = {name: base[name] for name in values}
    return [rest | {name: value} for name, found in values.items() for value in found]


def _combined(values: Mapping[str, list[Value]]) -> list[Settings]:
    return [dict(zip(values, row, strict=True)) for row in product(*values.values())]


def _check_names(base: Settings, names: Sequence[str]) -> None:
    for name in names:
        if name in NOT_VARIED:
            raise SweepError(f"{name} cannot be varied: {NOT_VARIED[name]}.")
        if name not in base:
            have = ", ".join(known for known in base if known not in NOT_VARIED)
            raise SweepError(f"The notebook has no parameter {name!r}. It has {have}.")


def _distinct(base: Settings, name: str, values: Sequence[Value]) -> list[Value]:
    """The values of a parameter, checked, each once, numbers from low to high."""
    found = list(dict.fromkeys(_value(base, name, value) for value in values))
    return found if isinstance(base[name], str) else sorted(found)


def _value(base: Settings, name: str, value: Value) -> Value:
    """A value in the kind that the notebook's own value has."""
    kind, text = type(base[name]), str(value).strip()
    if kind is str:
        return text
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        number = math.nan if kind is bool else kind(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SweepError(f"{name} takes {KINDS[kind]}, not {text!r}.")
    return number


def parse_vary(words: Sequence[str]) -> dict[str, list[str]]:
    """Read words such as ``"dropout=0,0.2,0.5"``.

    Raises:
        SweepError: if one is not of that form, or if two name the same parameter.
    """
    vary: dict[str, list[str]] = {}
    for word in words:
        name, equals, rest = word.partition("=")
        name, values = name.strip(), [value.strip() for value in rest.split(",")]
        if not (name and equals and all(values)):
            raise SweepError(f"{word!r} is not of the form dropout=0,0.2,0.5 (without spaces).")
        if name in vary:
            raise SweepError(f"{name} is named twice. Put all its values behind one {name}=.")
        vary[name] = values
    return vary


def read_settings(path: str | Path) -> list[Settings]:
    """The settings of a file: a CSV table, a column for each parameter, or a JSON list of objects.

    Raises:
        SweepError: if it is missing, or is neither.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise SweepError(f"The list {path} cannot be read: {why}.") from error
    rows = _json_rows(path, text) if path.suffix == ".json" else _csv_rows(path, text)
    if not rows:
        raise SweepError(f"The list {path} holds no settings: give one in each row.")
    # What is left empty is as in the notebook.
    return [{k: v for k, v in row.items() if v is not None and str(v).strip()} for row in rows]


def _json_rows(path: Path, text: str) -> list[Settings]:
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise SweepError(f"The list {path} is no JSON: {error}.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SweepError(f'The list {path} should look like [{{"dropout": 0.5}}, {{"shift": 0}}].')
    return rows


def _csv_rows(path: Path, text: str) -> list[Settings]:
    first, *rest = [*csv.reader(text.splitlines(), skipinitialspace=True)] or [[]]
    rows = [row for row in rest if row]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(first):
            raise SweepError(
                f"In the list {path}, row {number} has {len(row)} values, but the first line "
                f"names {len(first)} parameters."
            )
    return [dict(zip(first, row, strict=True)) for row in rows]


def read_base(notebook: Path) -> Settings:
    """The parameters of a notebook: the plain values that its cell tagged ``parameters`` assigns.

    Raises:
        SweepError: if it has none, or is no notebook.
    """
    import nbformat

    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except (OSError, ValueError) as error:  # nbformat's own errors are ValueErrors
        raise SweepError(f"{notebook} cannot be read as a notebook: {error}") from error
    base: Settings = {}
    tagged = (cell.source for cell in cells if "parameters" in cell.metadata.get("tags", []))
    for node in ast.parse(next(tagged, "")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            with contextlib.suppress(ValueError):  # what is computed cannot be varied
                value = ast.literal_eval(node.value)
                base |= {node.targets[0].id: value} if type(value) in KINDS else {}
    if not base:
        raise SweepError(f"{notebook} has no cell tagged 'parameters': there is nothing to vary.")
    return base
