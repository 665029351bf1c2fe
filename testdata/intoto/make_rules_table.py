"""Writes rules/chosen.json and rules/drawn.json: what in-toto's verify_item_rules does with artifact rules.

    python3 -m venv venv && venv/bin/pip install in-toto==3.1.0 'securesystemslib[crypto]'
    venv/bin/python make_rules_table.py

A row has the artifacts of an item and of the items its rules look at, the rules for one side, and then what happened:
how many artifacts each rule took, and the index of the rule that was broken (null if none was). For digests the table
has what was hashed: with SHA-256, and a text that ends in `+` without it with SHA-512 as well.
"""

import hashlib
import json
import random
from pathlib import Path

from in_toto.exceptions import RuleVerificationError
from in_toto.models.link import Link
from in_toto.verifylib import RULE_TRACE, verify_item_rules

FOLDER = Path(__file__).parent / "rules"
M, P = "materials", "products"


def artifacts(contents):
    def digests(content):
        names = ["sha256", "sha512"] if content.endswith("+") else ["sha256"]
        return {name: hashlib.new(name, content.rstrip("+").encode()).hexdigest() for name in names}

    return {name: digests(content) for name, content in contents.items()}


def row(claim, side, rules, materials, products, others):
    items = {name: dict(zip((M, P), sides)) for name, sides in others.items()}
    items["item"] = {M: materials, P: products}
    links = {
        name: Link(name=name, materials=artifacts(sides[M]), products=artifacts(sides[P])) for name, sides in items.items()
    }
    words = [rule.split(" ") for rule in rules]
    try:
        verify_item_rules("item", side, words, links)
        broken = None
    except RuleVerificationError:
        broken = len(RULE_TRACE["trace"])
    lengths = [len(items["item"][side])] + [len(entry["queue"]) for entry in RULE_TRACE["trace"]]
    taken = [before - after for before, after in zip(lengths, lengths[1:])]
    return {"claim": claim, "side": side, "rules": words, "items": items, "taken": taken, "broken": broken}


NOTHING = {}
BUILD = {"build": ({"src/a": "old"}, {"out/a": "1", "out/b": "2", "c": "3", "out/dir/d": "4"})}

CHOSEN = [
    # claim, side, rules, materials, products, others
    ("what is left is accepted", P, ["CREATE x"], NOTHING, {"a": "1"}, {}),
    ("no rules accept everything", M, [], {"a": "1"}, NOTHING, {}),
    ("disallow refuses what is left", P, ["ALLOW a", "DISALLOW *"], NOTHING, {"a": "1", "b": "1"}, {}),
    ("disallow accepts an empty queue", P, ["ALLOW *", "DISALLOW *"], NOTHING, {"a": "1"}, {}),
    ("disallow takes nothing", P, ["DISALLOW b", "REQUIRE a", "ALLOW a"], NOTHING, {"a": "1"}, {}),
    ("create takes new products", P, ["CREATE *", "DISALLOW *"], NOTHING, {"a": "1"}, {}),
    ("create leaves products that were there", P, ["CREATE *", "DISALLOW *"], {"a": "1"}, {"a": "2"}, {}),
    ("create takes no materials", M, ["CREATE *", "DISALLOW *"], {"a": "1"}, NOTHING, {}),
    ("delete takes materials that went", M, ["DELETE *", "DISALLOW *"], {"a": "1"}, NOTHING, {}),
    ("delete leaves materials that stayed", M, ["DELETE *", "DISALLOW *"], {"a": "1"}, {"a": "1"}, {}),
    ("delete takes no products", P, ["DELETE *", "DISALLOW *"], NOTHING, {"a": "1"}, {}),
    ("modify takes changed products", P, ["MODIFY *", "DISALLOW *"], {"a": "1"}, {"a": "2"}, {}),
    ("modify takes changed materials", M, ["MODIFY *", "DISALLOW *"], {"a": "1"}, {"a": "2"}, {}),
    ("modify leaves what is the same", P, ["MODIFY *", "DISALLOW *"], {"a": "1"}, {"a": "1"}, {}),
    ("modify leaves what is new", P, ["MODIFY *", "DISALLOW *"], NOTHING, {"a": "1"}, {}),
    ("modify takes another set of algorithms", P, ["MODIFY *", "DISALLOW *"], {"a": "1"}, {"a": "1+"}, {}),
    ("require takes nothing", P, ["REQUIRE a", "DISALLOW *"], NOTHING, {"a": "1"}, {}),
    ("require misses what was taken", P, ["ALLOW a", "REQUIRE a"], NOTHING, {"a": "1"}, {}),
    ("require is literal", P, ["REQUIRE a*"], NOTHING, {"ab": "1"}, {}),
    ("require finds a literal star", P, ["REQUIRE a*"], NOTHING, {"a*": "1"}, {}),
    ("require looks at one side only", M, ["REQUIRE a"], NOTHING, {"a": "1"}, {}),
    ("a star crosses directories", P, ["ALLOW a*d", "DISALLOW *"], NOTHING, {"a/b/c/d": "1"}, {}),
    ("a pattern that matches nothing is no error", P, ["ALLOW x", "CREATE y", "MATCH z WITH PRODUCTS FROM build"], NOTHING, {"a": "1"}, BUILD),
    ("match takes the same name and digests", M, ["MATCH c WITH PRODUCTS FROM build", "DISALLOW *"], {"c": "3"}, NOTHING, BUILD),
    ("match leaves other digests", M, ["MATCH c WITH PRODUCTS FROM build", "DISALLOW *"], {"c": "4"}, NOTHING, BUILD),
    ("match leaves another set of algorithms", M, ["MATCH c WITH PRODUCTS FROM build", "DISALLOW *"], {"c": "3+"}, NOTHING, BUILD),
    ("match leaves another name", M, ["MATCH * WITH PRODUCTS FROM build", "DISALLOW *"], {"d": "3"}, NOTHING, BUILD),
    ("match looks at the side it names", M, ["MATCH * WITH MATERIALS FROM build", "DISALLOW *"], {"c": "3"}, NOTHING, BUILD),
    ("match obeys its pattern", M, ["MATCH x* WITH PRODUCTS FROM build", "DISALLOW *"], {"c": "3"}, NOTHING, BUILD),
    ("match with an item that is not there takes nothing", M, ["MATCH * WITH PRODUCTS FROM other", "DISALLOW *"], {"c": "3"}, NOTHING, BUILD),
    ("match in a source directory", M, ["MATCH * IN in WITH PRODUCTS FROM build", "DISALLOW *"], {"in/c": "3"}, NOTHING, BUILD),
    ("match in a source directory leaves what is outside", M, ["MATCH c IN in WITH PRODUCTS FROM build", "DISALLOW *"], {"c": "3"}, NOTHING, BUILD),
    ("match in a source directory is no prefix of names", M, ["MATCH * IN i WITH PRODUCTS FROM build", "DISALLOW *"], {"in/c": "3"}, NOTHING, BUILD),
    ("match in a source directory has no wildcards", M, ["MATCH * IN i* WITH PRODUCTS FROM build", "DISALLOW *"], {"in/c": "3"}, NOTHING, BUILD),
    ("match in a destination directory", M, ["MATCH * WITH PRODUCTS IN out FROM build", "DISALLOW *"], {"a": "1", "dir/d": "4"}, NOTHING, BUILD),
    ("match in a destination directory leaves what is outside", M, ["MATCH * WITH PRODUCTS IN out FROM build", "DISALLOW *"], {"c": "3"}, NOTHING, BUILD),
    ("match in both directories", M, ["MATCH * IN in/ WITH PRODUCTS IN out/ FROM build", "DISALLOW *"], {"in/a": "1", "in/b": "2"}, NOTHING, BUILD),
    ("match in both directories leaves other digests", M, ["MATCH * IN in WITH PRODUCTS IN out FROM build", "DISALLOW *"], {"in/a": "2"}, NOTHING, BUILD),
    ("match leaves the destination for others", M, ["MATCH * IN x WITH PRODUCTS FROM build", "MATCH * IN y WITH PRODUCTS FROM build", "DISALLOW *"], {"x/c": "3", "y/c": "3"}, NOTHING, BUILD),
    ("match with the item itself", P, ["MATCH * WITH MATERIALS FROM item", "DISALLOW *"], {"a": "1"}, {"a": "1"}, {}),
    ("match keeps schemes byte for byte", M, ["MATCH https://* WITH PRODUCTS FROM build", "DISALLOW *"], {"https://x//../y": "1"}, NOTHING, {"build": ({}, {"https://x//../y": "1"})}),
    ("rules apply in order", P, ["DISALLOW a", "ALLOW a"], NOTHING, {"a": "1"}, {}),
    ("keywords are read in any case", M, ["match c with products from build", "Disallow *"], {"c": "3"}, NOTHING, BUILD),
]


def drawn(count):
    random.seed(20260102)
    names = ["a", "b", "in/a", "in/b", "out/a", "out/in/b", "in/out/a"]
    patterns = ["*", "a", "?", "in/*", "*a", "[ab]", "[!a]", "out*", "x"]

    def some():
        return {name: random.choice(["1", "1", "2", "1+"]) for name in names if random.random() < 0.5}

    def rule():
        verb = random.choice(["ALLOW", "CREATE", "DELETE", "MODIFY", "DISALLOW", "REQUIRE", "MATCH", "MATCH", "MATCH"])
        if verb == "REQUIRE":
            return f"REQUIRE {random.choice(names)}"
        words = [verb, random.choice(patterns)]
        if verb == "MATCH":
            words += random.choice([[], ["IN", "in"], ["IN", "in/"], ["IN", "out"]])
            words += ["WITH", random.choice(["MATERIALS", "PRODUCTS"])]
            words += random.choice([[], ["IN", "in"], ["IN", "out/"]])
            words += ["FROM", random.choice(["one", "two", "item"])]
        return " ".join(words)

    for number in range(count):
        others = {"one": (some(), some()), "two": (some(), some())}
        rules = [rule() for _ in range(random.randint(1, 4))] + random.choice([[], ["DISALLOW *"]])
        yield row(f"drawn {number}", random.choice([M, P]), rules, some(), some(), others)


def write(name, rows):
    lines = ",\n".join(json.dumps(row) for row in rows)
    (FOLDER / name).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    write("chosen.json", [row(*case) for case in CHOSEN])
    write("drawn.json", list(drawn(300)))
