"""Questions sealed into a notebook that is handed out: an answer can be checked, and the right one cannot be read.

Each answer that a question knows, the right one and the mistakes, is a locked box that holds the sentence for it. The
key is derived from the answer itself with scrypt (RFC 7914), which takes a noticeable time for each guess. So that any
number within the tolerance opens the box, numbers are counted in steps of the width of the tolerance, on a grid that
begins where the tolerance does; only the grid's offset, which says nothing about the step, stands in the clear.
"""

import base64
import json
import math
import zlib
from dataclasses import dataclass

COST = 2**14  # of scrypt: with r = 8, 16 MiB and some hundredths of a second a guess
NONCE = bytes(12)  # each key locks one box only


@dataclass(frozen=True)
class Sealed:
    """A question whose answers are locked: ``boxes`` of grid, tolerance, salt and content."""

    unit: str
    rel: float
    hints: list
    boxes: list

    kind: str

    def recognise(self, answer):
        """Return "" for the right answer, the sentence for a known mistake, and None for anything else."""
        opened = (_open(box, answer) for box in self.boxes)
        return next((sentence for sentence in opened if sentence is not None), None)


def seal(questions, salt):
    """Return one text that holds questions, by exercise, sealed.

    ``questions`` are of :class:`fieldnotes.exercises.Question`; ``salt`` makes boxes with equal answers differ.
    """
    sealed = {name: _seal(question, f"{salt}/{name}") for name, question in questions.items()}
    return base64.b64encode(zlib.compress(json.dumps(sealed).encode(), 9)).decode()


def unseal(text):
    """Return the sealed questions in a text, by exercise: what ``check`` takes in place of the right answer."""
    return {name: Sealed(**parts) for name, parts in json.loads(zlib.decompress(base64.b64decode(text))).items()}


def _seal(question, salt):
    boxes = [_lock(*known, f"{salt}/{number}") for number, known in enumerate(question.known())]
    hints = list(question.hints)
    return {"unit": question.unit, "rel": question.rel, "hints": hints, "kind": question.kind, "boxes": boxes}


def _lock(answer, rel, sentence, salt):
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    grid = _grid(answer, rel)
    content = ChaCha20Poly1305(_key(_word(answer, grid, rel), salt)).encrypt(NONCE, sentence.encode(), None)
    return {"grid": grid, "rel": rel, "salt": salt, "content": base64.b64encode(content).decode()}


def _open(box, answer):
    """Return the sentence in a box that an answer opens, or None."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    word = _word(answer, box["grid"], box["rel"])
    if word is None:
        return None
    content = base64.b64decode(box["content"])
    try:
        return ChaCha20Poly1305(_key(word, box["salt"])).decrypt(NONCE, content, None).decode()
    except InvalidTag:
        return None


def _key(word, salt):
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt.encode(), length=32, n=COST, r=8, p=1).derive(word.encode())


def _numbers(answer):
    """Return an answer as an array of floating-point numbers, or None where it is text."""
    import numpy as np

    try:
        return np.asarray(answer, float)
    except (TypeError, ValueError):
        return None


def _grid(answer, rel):
    """Return, for each number of an answer, where the grid of tolerances begins; None for text."""
    numbers = _numbers(answer)
    if numbers is None:
        return None
    if not all(map(math.isfinite, numbers.ravel())) or not 0 <= rel < 1:
        raise ValueError(
            f"{answer!r}, within {rel}, cannot be sealed: it takes a finite number and a tolerance below 1."
        )
    return [math.log(abs(one) * (1 - rel)) % _width(rel) if rel and one else 0.0 for one in numbers.ravel()]


def _width(rel):
    return math.log1p(rel) - math.log1p(-rel)


def _word(answer, grid, rel):
    """Return the text that answers within the tolerance share, or None if the answer is of another kind."""
    numbers = _numbers(answer)
    if (numbers is None) != (grid is None):
        return None
    if numbers is None:
        return json.dumps(answer if isinstance(answer, str) else list(map(str, answer)))
    if numbers.size != len(grid) or not all(map(math.isfinite, numbers.ravel())):
        return None
    steps = [_step(float(one), offset, rel) for one, offset in zip(numbers.ravel(), grid, strict=True)]
    return json.dumps([numbers.shape, steps])


def _step(number, offset, rel):
    if not rel or not number:
        return repr(number + 0.0)  # minus zero is zero
    return [math.copysign(1, number), math.floor((math.log(abs(number)) - offset) / _width(rel))]
