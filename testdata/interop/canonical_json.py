"""Canonicalises the same documents here and in Python: where both accept one, the bytes are the same; where one accepts it
alone, the reason is in a short list and can be seen in the text.

    python3 -m venv env && env/bin/pip install securesystemslib==1.6.0 rfc8785==0.1.4
    env/bin/python testdata/interop/canonical_json.py

The documents are drawn with a fixed seed, honest and broken, and joined by those of the fuzzer and of the cases. It runs the
example `canonicalise` of `canonical-json` with cargo.
"""

import io
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import rfc8785
from securesystemslib.exceptions import FormatError
from securesystemslib.formats import encode_canonical

ROOT = Path(__file__).resolve().parents[2]
DRAWN = 20_000
CHARACTERS = [*"abAB019 \"\\/\n\r\t\b\f\0\x1f\x7f", *"\u00e9\u0301\u2028\ud7ff\ue000\ufeff\uffff\U00010000\U0001f600\U0010ffff"]
PIECES = [*'{}[]:,"\\ \n-+.0123456789eE', "\\u", "\\ud800", "\\udc00", "\\u0061", '""', "null", "true", "1.5", "-0", "NaN", "\x00", "\x85", "\xff"]


def text(dice):
    return "".join(dice.choice(CHARACTERS) for _ in range(dice.randrange(6)))


def number(dice):
    edge = dice.choice([0, 10, 2**31, 2**53, 2**63, 2**64, 2**200])
    return dice.choice([1, -1]) * (edge + dice.randrange(-3, 4))


def value(dice, level):
    kind = dice.randrange(5 if level > 5 else 9)
    if kind == 0:
        return dice.choice([None, True, False])
    if kind == 1:
        return number(dice)
    if kind < 5:
        return text(dice)
    if kind < 7:
        return [value(dice, level + 1) for _ in range(dice.randrange(5))]
    return {text(dice): value(dice, level + 1) for _ in range(dice.randrange(6))}


def written(dice, value):
    """A text of the value, with what one may choose in it chosen by the dice."""
    space = dice.choice(["", "", " ", "\n\t", "\r\n"])
    if isinstance(value, dict):
        members = [f"{written(dice, name)}{space}:{written(dice, value)}" for name, value in value.items()]
        return "{" + space + f"{space},{space}".join(members) + space + "}"
    if isinstance(value, list):
        return "[" + space + f",{space}".join(written(dice, item) for item in value) + space + "]"
    return json.dumps(value, ensure_ascii=dice.random() < 0.5)


def broken(dice, document):
    """The document with some bytes put in, taken out, doubled or replaced."""
    document = bytearray(document)
    for _ in range(dice.choice([1, 1, 2, 5])):
        start = dice.randrange(len(document) + 1)
        end = min(len(document), start + dice.randrange(12))
        document[start:end] = dice.choice(
            [b"", document[start:end] * 2, dice.choice(PIECES).encode(dice.choice(["utf-8", "latin-1"]))]
        )
    return bytes(document)


def documents():
    for directory in ("fuzz/corpus/document", *(f"testdata/canonical-json/{name}" for name in ("olpc", "jcs", "jcs-refuse", "refuse"))):
        found = sorted(ROOT.joinpath(directory).iterdir())
        assert found, directory
        yield from (path.read_bytes() for path in found if path.suffix != ".expect")
    dice = random.Random(8785)
    for _ in range(DRAWN):
        document = written(dice, value(dice, 0)).encode()
        yield document
        yield broken(dice, document)
    for depth in range(120, 140):
        yield b"[" * depth + b"]" * depth
        yield b'{"a":' * depth + b"1" + b"}" * depth


def theirs(writer, document):
    """What Python's writer makes of the document; None if it, or the reader before it, refuses."""
    try:
        form = writer(json.loads(document.decode()))
        return form.encode() if isinstance(form, str) else form
    except (ValueError, RecursionError, FormatError):
        return None


def ours(form, documents):
    example = ["cargo", "run", "-q", "-p", "canonical-json", "--example", "canonicalise", "--", form]
    framed = b"".join(b"%d\n%s" % (len(document), document) for document in documents)
    answers = io.BytesIO(subprocess.run(example, cwd=ROOT, input=framed, stdout=subprocess.PIPE, check=True).stdout)
    while line := answers.readline():
        verdict, detail = line.decode().split(" ", 1)
        if verdict == "canonical":
            yield answers.read(int(detail)), None
            answers.readline()
        else:
            yield None, detail.split(" ", 1)[0]


def has_one_name_twice(document):
    def members(pairs):
        found.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return dict(pairs)

    found = []
    json.loads(document, object_pairs_hook=members)
    return bool(found)


def has_minus_zero_or_a_float(document):
    def integer(digits):
        found.append(digits == "-0")
        return int(digits)

    found = []
    json.loads(document, parse_int=integer, parse_float=lambda _: found.append(True))
    return any(found)


def is_deep(document):
    return document.count(b"[") + document.count(b"{") > 128


# Why a document is refused here that Python accepts, and how Python can tell.
REASONS = {
    "DuplicateKey": has_one_name_twice,
    "NotAnInteger": has_minus_zero_or_a_float,
    "TooDeep": is_deep,
}


def compare(form, writer):
    drawn = list(documents())
    verdicts = Counter()
    answers = list(ours(form, drawn))
    assert len(answers) == len(drawn)
    for document, (form_of_ours, reason) in zip(drawn, answers):
        form_of_theirs = theirs(writer, document)
        if form_of_ours is not None:
            assert form_of_ours == form_of_theirs, (document, form_of_ours, form_of_theirs)
            verdicts["the same bytes"] += 1
        elif form_of_theirs is None:
            verdicts["refused by both"] += 1
        else:
            assert reason in REASONS and REASONS[reason](document), (document, reason)
            verdicts[reason] += 1
    # A comparison of nothing must not pass.
    assert all(verdicts[kind] for kind in ("the same bytes", "refused by both", *REASONS)), verdicts
    print(f"{form}:", ", ".join(f"{kind} {count}" for kind, count in verdicts.most_common()))


if __name__ == "__main__":
    sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(10_000)
    compare("olpc", encode_canonical)
    compare("jcs", rfc8785.dumps)
