"""How the outputs of a cell differ from those that are committed, in one phrase with both values."""

import json
import re
from itertools import zip_longest
from pathlib import Path

from ci import figures

SANITIZE = (Path(__file__).parent / "sanitize.cfg").read_text(encoding="utf-8")
VOLATILE = re.findall(r"^regex: (.*)\nreplace: (.*)$", SANITIZE, re.MULTILINE)
RANDOM_IDS = "application/vnd.jupyter.widget-view+json"  # a widget's id is new in every kernel
LONGEST = 90  # characters of a value that a sentence quotes


def difference(committed, now):
    """Return the first thing in which two lists of outputs differ; None if they are the same."""
    before, after = [_name(output) for output in committed], [_name(output) for output in now]
    if before != after:
        return f"committed were {_listed(before)}; now came {_listed(after)}"
    for number, (old, new) in enumerate(zip(committed, now, strict=True), 1):
        if phrase := _output_difference(old, new):
            return f"output {number}, {phrase}" if len(now) > 1 else phrase
    return None


def _name(output):
    """Return what an output is, in a word or two."""
    if output.output_type == "stream":
        return "printed text" if output.name == "stdout" else "text on standard error"
    if output.output_type == "error":
        return "an error"
    if figures.kind_of(output):
        return {"image/png": "a figure (PNG)", "image/jpeg": "an image (JPEG)"}[figures.kind_of(output)]
    if "text/html" in output.data:
        return "a table" if "<table" in output.data["text/html"] else "HTML"
    return "a value" if output.output_type == "execute_result" else "a displayed object"


def _listed(names):
    return ", ".join(names) or "no outputs"


def _output_difference(old, new):
    if old.output_type == "stream":
        return _line_difference(old.text, new.text)
    if old.output_type == "error":
        return _line_difference(f"{old.ename}: {old.evalue}", f"{new.ename}: {new.evalue}")
    kinds = [kind for kind in old.data if kind != RANDOM_IDS]
    changed = set(kinds) ^ {kind for kind in new.data if kind != RANDOM_IDS}
    if changed:
        kind = min(changed)
        return f"its form {kind} is {'missing now' if kind in old.data else 'new'}"
    if figures.kind_of(old) and (phrase := figures.text_difference(old, new)):
        return phrase
    for kind in sorted(kinds, key=lambda kind: kind != "text/html"):  # a table's cells say more than its text
        if phrase := _data_difference(kind, old.data[kind], new.data[kind]):
            return phrase
    return None


def _data_difference(kind, old, new):
    if kind in figures.TOLERANCE:
        return figures.difference(old, new, kind)
    if not isinstance(old, str) or not isinstance(new, str):  # JSON, as Plotly and Vega give it
        old, new = (json.dumps(value, indent=1, sort_keys=True) for value in (old, new))
    if kind == "text/html" and (phrase := _table_difference(_steady(old), _steady(new))):
        return phrase
    return _line_difference(old, new)


def _steady(text):
    for pattern, replacement in VOLATILE:
        text = re.sub(pattern, replacement, text)
    return text


def _line_difference(old, new):
    """Return the first line of two texts that differs, with its number; line breaks count."""
    before, after = (_steady(text).splitlines(keepends=True) for text in (old, new))
    for number, (first, second) in enumerate(zip_longest(before, after), 1):
        if first == second:
            continue
        if second is None:
            return f"line {number}, {_short(first)[0]!r}, is missing now"
        if first is None:
            return f"line {number}, {_short(second)[0]!r}, is new"
        if first.strip() != second.strip():
            first, second = first.strip(), second.strip()
        return "line {}, {!r} is now {!r}".format(number, *_short(first, second))
    return None


def _short(*texts):
    """Return texts cut to the part around their first difference, where they are long."""
    if max(len(text) for text in texts) <= LONGEST:
        return texts
    same = sum(1 for _ in _common(texts))
    start = max(0, same - LONGEST // 2)
    return tuple(
        ("…" if start else "") + text[start : start + LONGEST] + ("…" if len(text) > start + LONGEST else "")
        for text in texts
    )


def _common(texts):
    """Yield the characters with which all of several different texts begin."""
    for characters in zip(*texts, strict=False):
        if len(set(characters)) > 1 or len(texts) == 1:
            return
        yield characters[0]


def _table_difference(old, new):
    """Return which cell of HTML tables differs, by row and column counted from 1; None if none does."""
    before, after = _rows(old), _rows(new)
    shapes = [(len(rows), max(map(len, rows), default=0)) for rows in (before, after)]
    if shapes[0] != shapes[1]:
        return "the table had {} rows and {} columns and has {} and {}".format(*shapes[0], *shapes[1])
    for row, (old_row, new_row) in enumerate(zip(before, after, strict=True), 1):
        for column, (first, second) in enumerate(zip_longest(old_row, new_row, fillvalue=""), 1):
            if first != second:
                values = "{!r} is now {!r}".format(*_short(first, second))
                return f"row {row}, column {column} of the table: {values}"
    return None


def _rows(html):
    from bs4 import BeautifulSoup

    rows = BeautifulSoup(html, "html.parser")("tr")
    return [[cell.get_text(strip=True) for cell in row(["th", "td"])] for row in rows]
