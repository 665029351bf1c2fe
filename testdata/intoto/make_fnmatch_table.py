"""Writes fnmatch.json: what Python's fnmatch.fnmatchcase says about patterns and names.

    python3 make_fnmatch_table.py        (CPython 3.9 or later; the table does not depend on the version)

The first rows are chosen, the others drawn with a fixed seed from an alphabet in which brackets,
hyphens and exclamation marks are frequent, because sets are where translations go wrong.
"""

import fnmatch
import json
import random
from pathlib import Path

CHOSEN = {
    "*": ["", "a", "a/b", "\n", ".hidden"],
    "**": ["", "a/b/c"],
    "?": ["", "a", "/", "é", "𝄞", "ab"],
    "dir/*": ["dir/", "dir/a", "dir/a/b", "dir", "other/dir/a"],
    "*.py": [".py", "a.py", "dir/a.py", "a.pyc", "a.PY"],
    "a*b*c": ["abc", "aXbYc", "aXcYb", "abcbc", "abcb"],
    "[abc]": ["a", "c", "d", "", "ab"],
    "[!abc]": ["a", "d", "", "\n", "/"],
    "[^a]": ["^", "a", "b"],
    "[]]": ["]", "[]]", "a"],
    "[!]]": ["]", "a"],
    "[]a]": ["]", "a", "b"],
    "[]-a]": ["]", "^", "a", "-", "b"],
    "[a-]": ["a", "-", "b"],
    "[-a]": ["a", "-", "b"],
    "[--0]": ["-", ".", "/", "0", "1"],
    "[a-c-e]": ["a", "b", "c", "d", "e", "-"],
    "[z-a]": ["z", "a", "-", ""],
    "[!z-a]": ["z", "a", "/", "", "ab"],
    "[xz-ab-c]": ["x", "z", "a", "b", "c", "-"],
    "[z-a!b]": ["a", "b", "!", "z", "c"],
    "[z-a!-c]": ["!", "-", "a", "b", "c", "z"],
    "[z-a!-!]": ["!", "-", "a"],
    "[z-a!]": ["!", "a", ""],
    "[!z-a!b]": ["!", "a", "b"],
    "[z-a^b]": ["^", "a", "b"],
    "[z-a[b]": ["[", "a", "b"],
    "[a": ["[a", "a", "["],
    "[": ["[", "a"],
    "[]": ["[]", "]", ""],
    "[!]": ["[!]", "!", "a"],
    "[[]": ["[", "[[]"],
    "[*]": ["*", "a"],
    "[?]": ["?", "a"],
    "\\*": ["\\", "\\a", "*"],
    "[\\]": ["\\", "]"],
    "[\\-a]": ["\\", "]", "a", "-"],
    "[a&&b]": ["a", "&", "b"],
    "[a||b~~c--d]": ["a", "|", "b", "~", "c", "-", "d"],
    "a.b+c(d)$^{e}": ["a.b+c(d)$^{e}", "aXb+c(d)$^{e}"],
    "É": ["É", "é", "E\u0301"],
    "[а-я]": ["б", "Б", "b"],
    "https://*": ["https://example.org/a", "http://example.org"],
    "": ["", "a"],
}

ROWS = 3000
ALPHABET = "ab-!]^[*?/z\\"


def main():
    random.seed(20260101)
    rows = [(pattern, name) for pattern, names in CHOSEN.items() for name in names]
    while len(rows) < ROWS:
        body = "".join(random.choices(ALPHABET, k=random.randint(0, 8)))
        pattern = random.choice(["{}", "[{}]", "[{}]*", "*[{}]", "a[{}]b", "[z-a{}]"]).format(body)
        name = "".join(random.choices("ab-!]^[/zc\\", k=random.choice([0, 1, 1, 1, 1, 2, 3])))
        rows.append((pattern, name))
    table = [[pattern, name, fnmatch.fnmatchcase(name, pattern)] for pattern, name in rows]
    lines = ",\n".join(json.dumps(row) for row in table)
    Path(__file__).with_name("fnmatch.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
