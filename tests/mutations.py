"""Change committed notebooks in ways that must not pass, and print what the comparison says of each.

    .venv/bin/python tests/mutations.py

A lesson that is compared with itself passes. Here its committed outputs are changed, one thing at a
time, and the untouched lesson stands for the execution: so no kernel is needed, and every message
is that of a real lesson. Each mutation takes the first lesson it fits, from another start each time.
"""

import json
import re
import sys
import tempfile
from base64 import b64decode, b64encode
from copy import deepcopy
from io import BytesIO
from pathlib import Path

import nbformat
from nbformat.v4 import new_output
from PIL import Image, ImageDraw, ImageOps

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ci import compare
from ci.notebooks import find, label
from ci.readable import refusal

DIGIT = re.compile(r"\d(?=\D*$)")  # the last one


def other_digit(text):
    """Return a text whose last digit is another one; None if it has none."""
    changed = DIGIT.sub(lambda match: str((int(match[0]) + 1) % 10), text, count=1)
    return changed if changed != text else None


def other_letter(text):
    """Return a text in which the last letter is another one; None if it has none."""
    at = max((place for place, sign in enumerate(text) if sign.isascii() and sign.isalpha()), default=None)
    return None if at is None else f"{text[:at]}{'a' if text[at] != 'a' else 'b'}{text[at + 1 :]}"


def printed(change):
    """Return a mutation of the first printed text that ``change`` alters."""

    def mutation(cell):
        for output in cell.outputs:
            if output.output_type == "stream" and (text := change(output.text)) not in (None, output.text):
                output.text = text
                return True
        return False

    return mutation


def form(kind, change, only=False):
    """Return a mutation of one form of a result, such as ``text/html``; ``only`` where it is a table."""

    def mutation(cell):
        for output in cell.outputs:
            data = output.get("data", {})
            fits = kind in data and not any(name.startswith("image/") for name in data)
            if fits and (not only or "text/html" in data) and (text := change(data[kind])) not in (None, data[kind]):
                data[kind] = text
                return True
        return False

    return mutation


def picture(change):
    """Return a mutation of the pixels of a figure."""

    def mutation(cell):
        for output in cell.outputs:
            if content := output.get("data", {}).get("image/png"):
                with Image.open(BytesIO(b64decode(content))) as image:
                    changed = change(image.convert("RGB"))
                buffer = BytesIO()
                changed.save(buffer, "png")
                output.data["image/png"] = b64encode(buffer.getvalue()).decode()
                return True
        return False

    return mutation


def written(place, change):
    """Return a mutation of the texts of a figure: of the first line of that place that ``change`` alters."""

    def mutation(cell):
        for output in cell.outputs:
            lines = output.metadata.get("fieldnotes", {}).get("texts", []) if "metadata" in output else []
            for number, line in enumerate(lines):
                where, _, text = line.partition(": ")
                if re.search(rf"(^|, ){place}$", where) and (new := change(text)) not in (None, text):
                    lines[number] = f"{where}: {new}"
                    return True
        return False

    return mutation


def outputs(fits, change):
    """Return a mutation of a cell's list of outputs, where it fits."""

    def mutation(cell):
        if not fits(cell.outputs):
            return False
        cell.outputs = nbformat.from_dict(change(deepcopy(cell.outputs)))
        return True

    return mutation


def of_kind(*kinds):
    """Return a test for a list that has an output of one of these kinds of data, or types."""
    return lambda list_: any({*output.get("data", {}), output.output_type} & {*kinds} for output in list_)


def kinds_of(list_):
    return [tuple(sorted(output.get("data", {}))) or output.output_type for output in list_]


def dropped(kind):
    def change(list_):
        next(output for output in list_ if kind in output.get("data", {})).data.pop(kind)
        return list_

    return outputs(lambda list_: any(kind in out.get("data", {}) and len(out.data) > 1 for out in list_), change)


def cleared(cell):
    if not cell.outputs:
        return False
    cell.outputs, cell.execution_count = [], None
    return True


def uncounted(cell):
    if cell.execution_count is None or cell.outputs:
        return False
    cell.execution_count = None
    return True


def alternative(cell):
    for output in cell.outputs:
        for kind in ("image/png", "image/jpeg"):
            if kind in output.get("data", {}):
                output.metadata[kind]["alt"] += " Or not."
                return True
    return False


def tagged(tag):
    change = printed(other_digit)

    def mutation(cell):
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), tag]
        return change(cell)

    return mutation


def erased(image):
    """Paint over a ninth of the picture, as where a curve is gone."""
    width, height = image.size
    ImageDraw.Draw(image).rectangle((width // 3, height // 3, 2 * width // 3, 2 * height // 3), "white")
    return image


def dotted(image):
    """Add one marker of the size that the lessons use."""
    x, y = image.width // 2, image.height // 2
    ImageDraw.Draw(image).ellipse((x, y, x + 14, y + 14), "#005A8C")
    return image


def moved(x, y):
    def change(image):
        canvas = Image.new("RGB", image.size, "white")
        canvas.paste(image, (x, y))
        return canvas

    return change


def cut(pixels):
    return lambda image: image.crop((0, 0, image.width, image.height - pixels))


def broken(cell):
    for output in cell.outputs:
        if "image/png" in output.get("data", {}):
            half = len(output.data["image/png"]) // 8 * 4
            output.data["image/png"] = output.data["image/png"][:half]
            return True
    return False


def replaced(old, new):
    return lambda text: text.replace(old, new, 1)


def swapped(text):
    """Swap the first two parts of a line of ticks or of a legend."""
    parts = text.split(" | ")
    return " | ".join([parts[1], parts[0], *parts[2:]]) if len(parts) > 1 else None


def ten_years_later(text):
    return re.sub(r"\b(?:19|20)\d\d\b", lambda year: str(int(year[0]) + 10), text)


TEXT = new_output("stream", name="stdout", text="a line\n")
ERROR = new_output("stream", name="stderr", text="a warning\n")
MUTATIONS = {
    "print: last digit": printed(other_digit),
    "print: first digit": printed(lambda text: re.sub(r"\d", lambda d: str((int(d[0]) + 1) % 10), text, count=1)),
    "print: digit after the point": printed(
        lambda text: re.sub(r"(\.)(\d)", lambda match: "." + other_digit(match[2]), text, count=1)),
    "print: minus sign lost": printed(replaced("-", "")),
    "print: plus for minus": printed(replaced("-", "+")),
    "print: unit": printed(replaced("ppm", "ppb")),
    "print: letter": printed(other_letter),
    "print: word in capitals": printed(lambda text: re.sub("[a-z]{3,}", lambda word: word[0].upper(), text, count=1)),
    "print: line break at the end lost": printed(lambda text: text.rstrip("\n")),
    "print: blank at the end": printed(lambda text: text.rstrip("\n") + " \n"),
    "print: two blanks for one": printed(replaced(" ", "  ")),
    "print: carriage return": printed(replaced("\n", "\r\n")),
    "print: line lost": printed(lambda text: "".join(text.splitlines(True)[:-1]) or None),
    "print: line added": printed(lambda text: text + "another line\n"),
    "print: lines swapped": printed(lambda text: "".join(reversed(text.splitlines(True)))),
    "print: another sign of the same look": printed(replaced("µ", "μ")),
    "value: digit": form("text/plain", other_digit),
    "table: digit in both forms": lambda cell: all(
        [form("text/html", other_digit, True)(cell), form("text/plain", other_digit, True)(cell)]),
    "table: digit in its HTML alone": form("text/html", other_digit, True),
    "table: digit in its text alone": form("text/plain", other_digit, True),
    "table: heading": form("text/html", lambda html: re.sub(r"(<th>)(\w)", r"\1x\2", html, count=1), True),
    "table: row lost": form("text/html", lambda html: re.sub(r"(?s)<tr>.*?</tr>", "", html, count=1), True),
    "table: column lost": form("text/html", lambda html: re.sub(r"(?s)<td>[^<]*</td>(\s*</tr>)", r"\1", html), True),
    "table: units in a title": form("text/html", lambda html: re.sub(r"</table>", "<p>in ppb</p></table>", html), True),
    "output removed": outputs(bool, lambda list_: list_[:-1]),
    "all outputs removed": outputs(bool, lambda list_: []),
    "output twice": outputs(of_kind("display_data", "execute_result"), lambda list_: [*list_, list_[-1]]),
    "text added to a silent cell": outputs(lambda list_: not list_, lambda list_: [TEXT]),
    "text added before a figure": outputs(of_kind("image/png"), lambda list_: [TEXT, *list_]),
    "warning added": outputs(bool, lambda list_: [*list_, ERROR]),
    "output became a warning": outputs(of_kind("stream"), lambda list_: [
        out | {"name": "stderr"} if out.output_type == "stream" else out for out in list_]),
    "order of print and figure": outputs(
        lambda list_: len(set(kinds_of(list_))) > 1, lambda list_: list(reversed(list_))),
    "HTML dropped": dropped("text/html"),
    "text of a table dropped": dropped("text/plain"),
    "figure dropped": dropped("image/png"),
    "form added": outputs(of_kind("text/html"), lambda list_: [
        out | {"data": out.data | {"text/latex": "x"}} if "data" in out else out for out in list_]),
    "PNG became a JPEG": outputs(of_kind("image/png"), lambda list_: [
        out | {"data": {("image/jpeg" if kind == "image/png" else kind): value for kind, value in out.data.items()}}
        if "image/png" in out.get("data", {}) else out for out in list_]),
    "outputs and count cleared": cleared,
    "count of a silent cell cleared": uncounted,
    "tag nbval-ignore-output": tagged("nbval-ignore-output"),
    "tag nbval-skip": tagged("nbval-skip"),
    "figure: alternative text": alternative,
    "figure: mirrored": picture(ImageOps.mirror),
    "figure: upside down": picture(ImageOps.flip),
    "figure: grey": picture(lambda image: ImageOps.grayscale(image).convert("RGB")),
    "figure: red and blue swapped": picture(lambda image: Image.merge("RGB", image.split()[::-1])),
    "figure: 4 levels darker": picture(lambda image: image.point(lambda level: max(0, level - 4))),
    "figure: shifted by a pixel": picture(moved(1, 0)),
    "figure: down by a pixel": picture(moved(0, 1)),
    "figure: part erased": picture(erased),
    "figure: a marker added": picture(dotted),
    "figure: 3 pixels cut off": picture(cut(3)),
    "figure: half of its bytes": broken,
    "figure: title, letter": written("title", other_letter),
    "figure: title, digit": written("title", other_digit),
    "figure: x label": written("x label", other_letter),
    "figure: y label": written("y label", other_letter),
    "figure: exponent of a unit": written("y label", replaced("^{-2}", "^{-1}")),
    "figure: tick on x, digit": written("x ticks", other_digit),
    "figure: tick on y, digit": written("y ticks", other_digit),
    "figure: minus sign of a tick": written("[xy] ticks", replaced("−", "")),
    "figure: tick lost": written("x ticks", lambda text: text.rpartition(" | ")[0] or None),
    "figure: ten years later": written("x ticks", ten_years_later),
    "figure: legend, letter": written("legend", other_letter),
    "figure: legend, entries swapped": written("legend", swapped),
    "figure: annotation": written("text", other_letter),
    "figure: caption, digit": written("caption", other_digit),
    "figure: caption, letter": written("caption", other_letter),
    "figure: badge, measured for simulated": written("badge", replaced("SIMULATED", "MEASURED")),
    "figure: badge, simulated for measured": written("badge", replaced("MEASURED", "SIMULATED")),
    "figure: badge, year": written("badge", other_digit),
    "figure: badge, source": written("badge", other_letter),
}  # fmt: skip
FILES = {
    "file: conflict marks": lambda text: text.replace("\n", "\n<<<<<<< HEAD\n", 1),
    "file: cut off": lambda text: text[: len(text) // 2],
    "file: empty": lambda text: "",
    "file: byte order mark": lambda text: "\ufeff" + text,
    "file: format 4.4": lambda text: json.dumps(json.loads(text) | {"nbformat_minor": 4}),
    "file: format 3": lambda text: json.dumps(json.loads(text) | {"nbformat": 3}),
    "file: no parameters": lambda text: text.replace('"parameters"', '"other"'),
}


def main():
    """Print a table of the mutations; return how many passed unnoticed."""
    missed = 0
    print("| # | mutation | lesson | what is said |\n| ---: | --- | --- | --- |")
    for number, (name, lesson, sentence) in enumerate(told(), 1):
        missed += sentence is None
        print(f"| {number} | {name} | {lesson} | {sentence or '**not noticed**'} |", flush=True)
    print(f"\n{number} mutations, {missed} not noticed")
    return missed


def told(names=None):
    """Yield for each mutation its name, the lesson it was tried on, and what was said; None if nothing was."""
    lessons = [path for path in find() if not refusal(path)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "lesson.ipynb"
        for start, name in enumerate([*MUTATIONS, *FILES]):
            if names is None or name in names:
                rotated = lessons[start % len(lessons) :] + lessons[: start % len(lessons)]
                yield (
                    name,
                    *(_file_told(name, rotated[0], copy) if name in FILES else _cell_told(name, rotated, copy)),
                )


def _file_told(name, lesson, copy):
    copy.write_text(FILES[name](lesson.read_text(encoding="utf-8")), encoding="utf-8")
    return label(lesson), refusal(copy)


def _cell_told(name, lessons, copy):
    for lesson in lessons:
        notebook = nbformat.read(lesson, as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        if any(MUTATIONS[name](cell) for cell in cells):
            nbformat.write(notebook, copy)
            problems = compare.differences(copy, lesson)
            sentences = [f"cell {problem['cell']!r}: {problem['sentence']}" for problem in problems]
            return label(lesson), " / ".join(sentences) or None
    raise LookupError(f"No lesson has what the mutation {name!r} changes.")


if __name__ == "__main__":
    sys.exit(main())
