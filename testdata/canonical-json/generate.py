"""Writes the cases beside it. The expected bytes come from securesystemslib, the library under Python's TUF and in-toto,
and for RFC 8785 from Python's rfc8785.

    python3 -m venv VENV            # anywhere outside the tree
    VENV/bin/pip install securesystemslib==1.6.0 rfc8785==0.1.4
    VENV/bin/python testdata/canonical-json/generate.py

Nothing here depends on the time or the machine: a second run changes no file.
"""

import json
import random
import shutil
import sys
from pathlib import Path

import rfc8785
from securesystemslib.formats import encode_canonical

HERE = Path(__file__).parent
ASCII_CONTROLS = "".join(map(chr, range(0x20)))


def shuffled_document(seed, largest=2**70):
    """A document of every kind of value, its members in no order, its text in Python's escapes."""
    dice = random.Random(seed)
    alphabet = "ab\"\\/\n\t\x00\x7f\u00e9\u0301\u2028\ud7ff\ue000\uffff\U00010000\U0001f600"

    def text():
        return "".join(dice.choice(alphabet) for _ in range(dice.randrange(6)))

    def value(level):
        kind = dice.randrange(5 if level == 5 else 8)
        if kind == 0:
            return dice.choice([None, True, False])
        if kind == 1:
            return dice.randrange(-largest, largest)
        if kind < 5:
            return text()
        if kind == 5:
            return [value(level + 1) for _ in range(dice.randrange(5))]
        return {text(): value(level + 1) for _ in range(dice.randrange(7))}

    return [value(1) for _ in range(300)]


# The name is the claim: the canonical form of the text is what securesystemslib makes of it.
OLPC = {
    "an-empty-object": "{}",
    "an-empty-array": "[]",
    "an-empty-string": '""',
    "empty-containers-lose-their-white-space": '{ "a" : [ ] , "b" : {\n} , "c" : [ { } , [\t] ] }',
    "null-stands-alone": "null",
    "true-stands-alone": "\ttrue\r\n",
    "false-stands-alone": " false ",
    "zero": "0",
    "the-integers-around-64-bits": "[9223372036854775807, 9223372036854775808, 18446744073709551615, 18446744073709551616]",
    "the-negative-integers-around-64-bits": "[-1, -9223372036854775808, -9223372036854775809]",
    "the-integers-around-the-safe-floats": "[9007199254740991, 9007199254740992, 9007199254740993]",
    "an-integer-of-a-thousand-digits": "7" + "0" * 998 + "9",
    "every-kind-of-white-space-is-dropped": ' \t\r\n[ \t\r\n1 \t\r\n, \t\r\n{ \t\r\n"a" \t\r\n: \t\r\n2 \t\r\n} \t\r\n] \t\r\n',
    "white-space-in-strings-stays": '{"a b":"  c\\td  "}',
    "members-are-sorted": '{"b": 1, "a": 2, "c": 3}',
    "members-are-sorted-at-every-level": '{"z": {"b": [{"y": 1, "x": 2}], "a": 0}, "a": {"d": 1, "c": 2}}',
    "array-items-are-not-sorted": '[3, 1, 2, {"b": 1, "a": 2}, 0]',
    "capitals-sort-before-small-letters": '{"a": 1, "B": 2, "A": 3, "b": 4}',
    "digits-sort-as-text": '{"10": 1, "9": 2, "1": 3}',
    "a-prefix-sorts-before-its-extension": '{"abc": 1, "ab": 2, "": 3, "abcd": 4, "a": 5}',
    "a-quote-in-a-key-sorts-by-its-character": '{"a": 1, "\\"": 2, "!": 3, "#": 4}',
    "a-backslash-in-a-key-sorts-by-its-character": '{"a": 1, "\\\\": 2, "[": 3, "]": 4}',
    "an-escaped-key-sorts-by-its-character": '{"b": 1, "\\u0061": 2, "\\u0063": 3}',
    "control-characters-in-keys-sort-first": '{" ": 1, "\\n": 2, "\\u0000": 3, "\\u001f": 4, "!": 5}',
    "astral-characters-sort-after-the-basic-plane": '{"\\ud83d\\ude00": 1, "\\uffff": 2, "\\ue000": 3, "\\ud7ff": 4, "a": 5}',
    "raw-astral-characters-sort-after-the-basic-plane": '{"\U0001f600": 1, "\uffff": 2, "\ue000": 3, "\ud7ff": 4, "a": 5}',
    "every-control-character-stands-for-itself": json.dumps(ASCII_CONTROLS),
    "every-short-escape-is-resolved": '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    "every-ascii-character-written-by-number": '"' + "".join(f"\\u{code:04x}" for code in range(0x80)) + '"',
    "hexadecimal-digits-in-both-cases": '"\\u00e9\\u00E9\\uABCD\\uabcd"',
    "a-surrogate-pair-is-one-character": '"\\ud83d\\ude00 \\uD834\\uDD1E \\udbff\\udfff"',
    "delete-and-the-c1-controls-stand-for-themselves": '"\u007f\u0080\u009f\\u007f"',
    "line-and-paragraph-separators-stand-for-themselves": '"\u2028\u2029\\u2028"',
    "a-byte-order-mark-in-a-string-stays": '"\ufeffa"',
    "noncharacters-are-characters": '"\\ufffe\\uffff\\ufdd0"',
    "composed-and-decomposed-letters-stay-different": '{"e\u0301": "e\u0301", "\u00e9": "\u00e9"}',
    "compatibility-characters-stay": '"\u212b \ufb01 \u00bd"',
    "a-literal-backslash-n-stays-two-characters": '{"a": "\\\\n", "b": "\\n"}',
    "backslashes-at-the-end": '["\\\\", "\\\\\\\\", "\\\\\\""]',
    "what-looks-like-json-in-a-string-is-text": '{"{}": "[1, {\\"a\\": null}]", "true": "false", ",": ":"}',
    "what-looks-like-a-comment-in-a-string-is-text": '["/* */ // #", "<!-- -->"]',
    "the-first-and-last-character-of-each-length": '"\x7f\u0080\u07ff\u0800\uffff\U00010000\U0010ffff"',
    "a-pem-keeps-its-line-breaks": '{"public": "-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEA\\n-----END PUBLIC KEY-----\\n"}',
    "canonical-text-stays-as-it-is": '{"a":[1,{"b":"\\"\\\\"},null],"c":{}}',
    "a-canonical-part-inside-an-untidy-whole": '{"z": 1, "a":{"b":[1,2],"c":"d"}}',
    "an-untidy-part-inside-a-canonical-whole": '{"a":{"c":1,"b":2},"d":[1, 2]}',
    "a-hundred-and-twenty-eight-levels": "[" * 128 + "]" * 128,
    "three-hundred-values-in-no-order": json.dumps(shuffled_document(1), indent=1),
    "three-hundred-values-in-utf-8": json.dumps(shuffled_document(2), ensure_ascii=False),
}

# The name is the claim: the form of RFC 8785 is what Python's rfc8785 makes of the text.
JCS = {
    "an-empty-object": " { } ",
    "an-empty-array": "[\n]",
    "an-empty-string": '""',
    "literals-stand-alone": "[ null, true , false ]",
    # The example of RFC 8785, 3.2.3.
    "members-are-sorted-by-utf-16-code-unit": """{
  "\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
  "\\ud83d\\ude00": "Emoji: Grinning Face", "\\u0080": "Control", "\\u00f6": "Latin Small Letter O With Diaeresis"
}""",
    # The text of the example of RFC 8785, 3.2.2.
    "the-escapes-of-the-example": '{"string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}',
    "astral-characters-sort-before-the-private-use-area": '{"\\ue000": 1, "\\uffff": 2, "\\ud800\\udc00": 3, "\\udbff\\udfff": 4, "\\ud7ff": 5}',
    "raw-astral-characters-sort-before-the-private-use-area": '{"\ue000": 1, "\uffff": 2, "\U00010000": 3, "\U0010ffff": 4, "\ud7ff": 5}',
    "astral-characters-sort-among-themselves-by-code-point": '{"\U0010ffff": 1, "\U00010000": 2, "\U000103ff": 3, "\U00010400": 4}',
    "the-order-differs-in-the-middle-of-a-name": '{"caf\ufb01s": 1, "caf\U0001f600s": 2, "caf\u00e9s": 3, "caf": 4}',
    "members-are-sorted-at-every-level": '[{"z": {"\ufffd": [{"y": 1, "x": 2}], "\U0001f600": 0}, "a": {"d": 1, "c": 2}}]',
    "array-items-are-not-sorted": '[3, 1, 2, {"b": 1, "a": 2}, 0]',
    "accents-sort-by-code-unit-and-not-as-a-dictionary": '{"p\u00eache": 1, "p\u00e9ch\u00e9": 2, "peach": 3, "p\u00e9che": 4, "sin": 5, "P\u00eache": 6}',
    "digits-sort-as-text": '{"10": 1, "9": 2, "1": 3, "010": 4, "-1": 5}',
    "a-prefix-sorts-before-its-extension": '{"abc": 1, "ab": 2, "": 3, "abcd": 4, "a": 5}',
    "every-control-character-is-escaped-the-shortest-way": json.dumps(ASCII_CONTROLS),
    "every-ascii-character-written-by-number": '"' + "".join(f"\\u{code:04x}" for code in range(0x80)) + '"',
    "control-characters-in-names-are-escaped-and-sorted": '{" ": 1, "\\n": 2, "\\u0000": 3, "\\u001F": 4, "!": 5, "\\b": 6}',
    "hexadecimal-digits-are-small": '"\\u000A\\u001A\\u000B\\u001f"',
    "a-solidus-is-not-escaped": '"<\\/script>"',
    "what-browsers-escape-stands-for-itself": '"<&>\\u2028\\u2029\\u007f\\u0080\\ufeff"',
    "a-surrogate-pair-is-one-character": '"\\ud83d\\ude00 \\uD834\\uDD1E \\udbff\\udfff"',
    "composed-and-decomposed-letters-stay-different": '{"e\u0301": "e\u0301", "\u00e9": "\u00e9", "A\u030a": "\u00c5 \u212b"}',
    "noncharacters-are-characters": '"\\ufffe\\uffff\\ufdd0"',
    "the-last-integers-that-are-exact-everywhere": "[9007199254740991, -9007199254740991, 0, -1]",
    "a-document-that-is-canonical-already": '{"a":[1,{"b":"\\"\\\\\\n"},null],"c":{}}',
    "a-hundred-and-twenty-eight-levels": '{"": [' * 64 + "]}" * 64,
    "three-hundred-values-in-no-order": json.dumps(shuffled_document(3, 2**53), indent=1),
    "three-hundred-values-in-utf-8": json.dumps(shuffled_document(4, 2**53), ensure_ascii=False),
}


def unsafe(digits, offset):
    return f'UnsafeInteger {{ digits: "{digits}", offset: Some({offset}) }}'


# The name is the claim: the text is read, and refused by the writer of RFC 8785, here as by Python's rfc8785.
JCS_REFUSE = {
    "two-to-the-53": ("[9007199254740991, 9007199254740992]", unsafe(2**53, 19)),
    "minus-two-to-the-53": ('{"a": -9007199254740992}', unsafe(-(2**53), 6)),
    "the-integer-after-two-to-the-53": ("9007199254740993", unsafe(2**53 + 1, 0)),
    "an-integer-of-64-bits": ('{"z": 1, "a": [18446744073709551615]}', unsafe(2**64 - 1, 15)),
    "an-integer-of-a-hundred-digits": ("1" + "0" * 99, unsafe(10**99, 0)),
}

# Numbers that RFC 8785 has and that the reader refuses: see REFUSE.
JCS_ONLY = [
    "the-numbers-of-rfc-8785",
    "a-fraction-that-rfc-8785-prints-as-an-integer",
    "an-exponent-that-rfc-8785-prints-as-an-integer",
    "minus-zero",
]


def syntax(offset, expected):
    return f'Syntax {{ offset: {offset}, expected: "{expected}" }}'


def duplicate(key, offset):
    return f"DuplicateKey {{ key: {json.dumps(key, ensure_ascii=False)}, offset: {offset} }}"


def not_an_integer(offset):
    return f"NotAnInteger {{ offset: {offset} }}"


ESCAPE = "an escape that JSON knows"
DIGITS = "four hexadecimal digits after `\\\\u`"
PAIR = "both halves of a surrogate pair"
CONTROL = "control characters in strings to be escaped"
ZEROS = "a number without leading zeros"
END = "the end of the document"
NAME = "a member name in quotes"
MANY = ['"k%03d": 0' % number for number in range(0, 400, 2)]

# The name is the claim: the text is refused, with the error and the offset beside it. The reader is held to 4096 bytes,
# 128 levels and 1000 values, so that the cases about limits can be small.
REFUSE = {
    "the-empty-text": ("", syntax(0, "a value")),
    "white-space-alone": (" \n", syntax(2, "a value")),
    "a-byte-order-mark": (b"\xef\xbb\xbf{}", syntax(0, "a value, without a byte order mark")),
    "a-second-document": ("{} {}", syntax(3, END)),
    "a-nul-after-the-document": ("{}\0", syntax(2, END)),
    "a-comment": ("{} // done", syntax(3, END)),
    "a-vertical-tab-as-white-space": ("\v{}", syntax(0, "a value")),
    "a-no-break-space-as-white-space": (" \u00a0{}", syntax(1, "a value")),
    "utf-16": ("{}".encode("utf-16-le"), syntax(1, NAME)),
    "a-byte-order-mark-alone": (b"\xef\xbb\xbf", syntax(0, "a value, without a byte order mark")),
    "half-a-byte-order-mark": (b"\xef\xbb{}", syntax(0, "UTF-8")),
    "utf-16-with-a-byte-order-mark": (b"\xff\xfe[\0]\0", syntax(0, "UTF-8")),
    "utf-16-of-the-other-end": ("{}".encode("utf-16-be"), syntax(0, "a value")),
    "a-form-feed-as-white-space": ("[\f]", syntax(1, "a value")),
    "a-word-joiner-before-the-document": ("\u2060[]", syntax(0, "a value")),
    "a-nul-as-white-space": ("[\0]", syntax(1, "a value")),
    "an-escaped-line-break-as-white-space": ("[\\u000a1]", syntax(1, "a value")),
    "a-comment-inside": ('{"a":/**/1}', syntax(5, "a value")),
    "a-comment-in-the-way-of-a-shell": ("[] # done", syntax(3, END)),
    # Structure.
    "an-open-object": ('{"a":1', syntax(6, "`,` or `}`")),
    "an-open-array": ("[1", syntax(2, "`,` or `]`")),
    "an-open-string": ('"abc', syntax(4, "a closing quote")),
    "a-comma-before-the-end-of-an-object": ('{"a":1,}', syntax(7, NAME)),
    "a-comma-before-the-end-of-an-array": ("[1,]", syntax(3, "a value")),
    "a-comma-at-the-start-of-an-array": ("[,1]", syntax(1, "a value")),
    "two-commas": ("[1,,2]", syntax(3, "a value")),
    "no-comma-between-items": ("[1 2]", syntax(3, "`,` or `]`")),
    "no-comma-between-members": ('{"a":1 "b":2}', syntax(7, "`,` or `}`")),
    "no-colon": ('{"a" 1}', syntax(5, "`:`")),
    "no-value": ('{"a":}', syntax(5, "a value")),
    "an-array-closed-as-an-object": ("[1}", syntax(2, "`,` or `]`")),
    "an-object-closed-as-an-array": ('{"a":1]', syntax(6, "`,` or `}`")),
    "a-closing-bracket-too-many": ("[]]", syntax(2, END)),
    "a-comma-at-the-start-of-an-object": ('{,"a":1}', syntax(1, NAME)),
    "a-comma-after-the-document": ("[1],", syntax(3, END)),
    "a-comma-for-a-colon": ('{"a",1}', syntax(4, "`:`")),
    "two-colons": ('{"a"::1}', syntax(5, "a value")),
    "a-colon-between-items": ('["a":1]', syntax(4, "`,` or `]`")),
    "a-semicolon-between-items": ("[1;2]", syntax(2, "`,` or `]`")),
    "a-name-alone": ('{"a"}', syntax(4, "`:`")),
    "a-name-at-the-end": ('{"a"', syntax(4, "`:`")),
    "a-colon-at-the-end": ('{"a":', syntax(5, "a value")),
    "a-comma-at-the-end": ("[1,\n", syntax(4, "a value")),
    "an-array-inside-an-array-without-a-comma": ("[1[2]]", syntax(2, "`,` or `]`")),
    "an-array-as-a-name": ('{[]:1}', syntax(1, NAME)),
    "an-object-that-opens-inside-its-name": ('{{"a":1}}', syntax(1, NAME)),
    "a-bracket-alone": ("]", syntax(0, "a value")),
    "a-word-without-quotes": ("[abc]", syntax(1, "a value")),
    "a-letter-beyond-ascii-without-quotes": ("\u00e9", syntax(0, "a value")),
    "a-string-in-single-quotes": ("['a']", syntax(1, "a value")),
    "a-string-in-typographic-quotes": ("[\u201ca\u201d]", syntax(1, "a value")),
    "a-string-after-a-string": ('"a" "b"', syntax(4, END)),
    "a-name-without-quotes": ("{a:1}", syntax(1, NAME)),
    "a-name-in-single-quotes": ("{'a':1}", syntax(1, NAME)),
    "a-number-as-a-name": ("{1:2}", syntax(1, NAME)),
    "a-capital-in-true": ("[True]", syntax(1, "a value")),
    "a-truncated-null": ("nul", syntax(0, "a value")),
    "a-truncated-true-in-an-array": ("[tru]", syntax(1, "a value")),
    "a-truncated-false-at-the-end": ('{"a": fals', syntax(6, "a value")),
    "nothing-as-python-has-it": ("None", syntax(0, "a value")),
    "what-javascript-has-for-nothing": ("undefined", syntax(0, "a value")),
    "a-word-that-starts-with-true": ("truex", syntax(4, END)),
    "not-a-number": ("NaN", syntax(0, "a value")),
    "infinity": ("Infinity", syntax(0, "a value")),
    "minus-infinity": ("-Infinity", syntax(1, "a digit")),
    # Numbers.
    "a-fraction": ("[1.5]", not_an_integer(1)),
    "a-fraction-of-zero": ('{"version": 1.0}', not_an_integer(12)),
    "an-exponent": ("1e3", not_an_integer(0)),
    "an-exponent-in-capitals": ("[0, 1E3]", not_an_integer(4)),
    "an-exponent-of-zero": ("1e0", not_an_integer(0)),
    "the-numbers-of-rfc-8785": (
        '{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]}',
        not_an_integer(13),
    ),
    "a-fraction-that-rfc-8785-prints-as-an-integer": ("[56.0]", not_an_integer(1)),
    "an-exponent-that-rfc-8785-prints-as-an-integer": ("[1e21]", not_an_integer(1)),
    "minus-zero": ("[-0]", not_an_integer(1)),
    "minus-zero-with-a-fraction": ("-0.0", not_an_integer(0)),
    "a-leading-zero": ("[01]", syntax(1, ZEROS)),
    "two-zeros": ("00", syntax(0, ZEROS)),
    "a-leading-zero-after-a-minus": ("-01", syntax(0, ZEROS)),
    "a-plus": ("+1", syntax(0, "a value")),
    "a-minus-alone": ("[-]", syntax(2, "a digit")),
    "two-minuses": ("--1", syntax(1, "a digit")),
    "a-hexadecimal-number": ("0x10", syntax(1, END)),
    "a-separator-in-a-number": ("1_000", syntax(1, END)),
    "a-full-width-digit": ("\uff11", syntax(0, "a value")),
    "a-fraction-without-digits": ("[1.]", not_an_integer(1)),
    "a-fraction-without-digits-before-it": ("[.5]", syntax(1, "a value")),
    "a-minus-before-a-point": ("[-.5]", syntax(2, "a digit")),
    "an-exponent-without-digits": ("[1e]", not_an_integer(1)),
    "an-exponent-of-a-sign": ("[1e+]", not_an_integer(1)),
    "an-exponent-beyond-every-float": ("[1e400]", not_an_integer(1)),
    "a-space-after-a-minus": ("[- 1]", syntax(2, "a digit")),
    "a-letter-after-a-minus": ("[-x]", syntax(2, "a digit")),
    "a-letter-after-a-digit": ("[1x]", syntax(2, "`,` or `]`")),
    "a-sum": ("[1+2]", syntax(2, "`,` or `]`")),
    "two-points": ("[1.2.3]", not_an_integer(1)),
    "a-byte-that-is-no-character-in-a-number": (b"[12\xe5]", syntax(3, "UTF-8")),
    # Strings.
    "a-line-break-in-a-string": ('"a\nb"', syntax(2, CONTROL)),
    "a-nul-in-a-string": ('["a\0b"]', syntax(3, CONTROL)),
    "the-last-control-character-in-a-string": ('"\x1f"', syntax(1, CONTROL)),
    "a-tab-in-a-name": ('{"a\t":1}', syntax(3, CONTROL)),
    "an-escape-that-json-does-not-know": ('"\\x41"', syntax(1, ESCAPE)),
    "an-escape-in-capitals": ('"\\N"', syntax(1, ESCAPE)),
    "an-escaped-line-break": ('"\\\n"', syntax(1, ESCAPE)),
    "an-escape-at-the-end": ('"\\', syntax(1, ESCAPE)),
    "three-hexadecimal-digits": ('"\\u041"', syntax(1, DIGITS)),
    "no-hexadecimal-digits": ('"\\u', syntax(1, DIGITS)),
    "a-sign-among-the-hexadecimal-digits": ('"\\u+041"', syntax(1, DIGITS)),
    "a-character-across-the-hexadecimal-digits": ('"\\u00\u20ac"', syntax(1, DIGITS)),
    "a-high-surrogate-alone": ('"\\ud800"', syntax(1, PAIR)),
    "a-low-surrogate-alone": ('"ab\\udc00"', syntax(3, PAIR)),
    "a-high-surrogate-before-a-letter": ('"\\ud800\\u0041"', syntax(1, PAIR)),
    "two-high-surrogates": ('"\\ud800\\ud800"', syntax(1, PAIR)),
    "surrogates-in-the-wrong-order": ('"\\udc00\\ud800"', syntax(1, PAIR)),
    "a-surrogate-alone-in-a-name": ('{"\\udfff":1}', syntax(2, PAIR)),
    "an-escaped-nul-byte": ('"\\\0"', syntax(1, ESCAPE)),
    "an-escaped-character-beyond-ascii": ('"\\\U0001f600"', syntax(1, ESCAPE)),
    "an-escape-of-an-apostrophe": ('"\\\'"', syntax(1, ESCAPE)),
    "a-unicode-escape-in-capitals": ('"\\U0041"', syntax(1, ESCAPE)),
    "a-unicode-escape-in-braces": ('"\\u{41}"', syntax(1, DIGITS)),
    "a-unicode-escape-across-the-end": ('"\\u00"', syntax(1, DIGITS)),
    "an-escaped-quote-at-the-end": ('["\\"]', syntax(5, "a closing quote")),
    "a-quote-alone": ('"', syntax(1, "a closing quote")),
    "a-high-surrogate-before-a-line-break": ('"\\ud83d\\n"', syntax(1, PAIR)),
    "a-high-surrogate-before-half-an-escape": ('"\\ud83d\\u"', syntax(1, PAIR)),
    "a-high-surrogate-before-three-digits": ('"\\ud83d\\ude0"', syntax(1, PAIR)),
    "a-high-surrogate-before-a-raw-character": ('"\\ud83d\u00e9"', syntax(1, PAIR)),
    "an-overlong-quote": (b'"\xc0\xa2"', syntax(1, "UTF-8")),
    "a-surrogate-in-utf-8": (b'["\xed\xa0\x80"]', syntax(2, "UTF-8")),
    "a-pair-of-surrogates-in-utf-8": (b'"\xed\xa0\xbd\xed\xb8\x80"', syntax(1, "UTF-8")),
    "a-continuation-alone": (b'["\x81"]', syntax(2, "UTF-8")),
    "a-continuation-alone-in-a-name": (b'{"\xb9":0}', syntax(2, "UTF-8")),
    "a-byte-that-is-no-character-in-an-escape": (b'"\\u00\xe5"', syntax(5, "UTF-8")),
    "a-nul-in-two-bytes": (b'"\xc0\x80"', syntax(1, "UTF-8")),
    "a-character-of-six-bytes": (b'"\xfc\x83\xbf\xbf\xbf\xbf"', syntax(1, "UTF-8")),
    "a-truncated-character": (b'"\xe2\x82', syntax(1, "UTF-8")),
    "a-character-beyond-unicode": (b'"\xf4\x90\x80\x80"', syntax(1, "UTF-8")),
    "latin-1": ('"caf\u00e9"'.encode("latin-1"), syntax(4, "UTF-8")),
    # Member names.
    "one-name-twice": ('{"a":1,"a":1}', duplicate("a", 7)),
    "one-name-twice-with-others-between": ('{"b":1,"a":2,"c":3,"b":4,"a":5}', duplicate("b", 19)),
    "the-empty-name-twice": ('{"":1,"a":2,"":3}', duplicate("", 12)),
    "one-name-in-two-spellings": ('{"a":1,"\\u0061":2}', duplicate("a", 7)),
    "one-name-in-two-escapes": ('{"\\n":1,"\\u000A":2}', duplicate("\n", 8)),
    "one-astral-name-raw-and-as-a-pair": ('{"\U0001f600":1,"b":2,"\\ud83d\\ude00":3}', duplicate("\U0001f600", 16)),
    "one-solidus-plain-and-escaped": ('{"a/b":1,"a\\/b":2}', duplicate("a/b", 9)),
    "one-name-twice-deep-inside": ('{"a":[{"b":{"c":1,"c":2}}]}', duplicate("c", 18)),
    "one-name-twice-in-a-long-object": ("{" + ", ".join(MANY + MANY[99:100]) + "}", duplicate("k198", 2201)),
    "one-name-twice-with-the-same-value": ('{"a":"b","a":"b"}', duplicate("a", 9)),
    "one-name-twice-before-the-end-is-missing": ('{"a":1,"a":2', syntax(12, "`,` or `}`")),
    "one-name-three-times-counts-from-the-second": ('{"a":1,"a":2,"a":3}', duplicate("a", 7)),
    # Limits.
    "a-hundred-and-twenty-nine-arrays": ("[" * 129 + "]" * 129, "TooDeep { limit: 128, offset: 128 }"),
    "a-hundred-and-twenty-nine-objects": ('{"":' * 129 + "0" + "}" * 129, "TooDeep { limit: 128, offset: 512 }"),
    "four-thousand-opening-brackets": ("[" * 4000, "TooDeep { limit: 128, offset: 128 }"),
    "arrays-and-objects-by-turns": ('[{"":' * 200, "TooDeep { limit: 128, offset: 320 }"),
    "a-text-of-4097-bytes": ("1" * 4097, "TooLong { limit: 4096 }"),
    "a-thousand-and-one-items": ("[" + ",".join(["0"] * 1001) + "]", "TooManyNodes { limit: 1000, offset: 2001 }"),
    "names-count-as-values-do": (
        "{" + ",".join('"%x":0' % number for number in range(501)) + "}",
        "TooManyNodes { limit: 1000, offset: %d }" % (1 + sum(len('"%x":0,' % number) for number in range(500))),
    ),
}


def refused_by_rfc8785(text):
    try:
        rfc8785.dumps(json.loads(text))
    except rfc8785.CanonicalizationError:
        return True
    return False


def main():
    sys.set_int_max_str_digits(0)
    olpc, jcs, jcs_refuse, refuse = (HERE / name for name in ("olpc", "jcs", "jcs-refuse", "refuse"))
    for directory in (olpc, jcs, jcs_refuse, refuse):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
    for name, text in OLPC.items():
        canonical = encode_canonical(json.loads(text))
        (olpc / f"{name}.json").write_bytes(text.encode())
        (olpc / f"{name}.olpc").write_bytes(canonical.encode())
    for name, text in JCS.items():
        (jcs / f"{name}.json").write_bytes(text.encode())
        (jcs / f"{name}.jcs").write_bytes(rfc8785.dumps(json.loads(text)))
    for name, (text, _) in JCS_REFUSE.items():
        assert refused_by_rfc8785(text), name
    for name in JCS_ONLY:
        assert not refused_by_rfc8785(REFUSE[name][0]), name
    for directory, cases in ((jcs_refuse, JCS_REFUSE), (refuse, REFUSE)):
        for name, (text, error) in cases.items():
            text = text if isinstance(text, bytes) else text.encode()
            (directory / f"{name}.json").write_bytes(text)
            (directory / f"{name}.expect").write_bytes(error.encode() + b"\n")


if __name__ == "__main__":
    main()
