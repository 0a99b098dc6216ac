#!/usr/bin/env python3
"""Writes golden.json, the answers of pypa/packaging about generated versions and specifiers.

golden.py           writes the file
golden.py --check   makes it again and compares

What differs between the releases of packaging (21 to 26) is left out: wildcards with an epoch or
a suffix, several === in one set, spellings beside the normal one in wildcards and ~=, wildcards longer than the release.
"""
import json
import os
import sys

try:
    from packaging import specifiers, version
except ImportError:
    try:
        from pip._vendor.packaging import specifiers, version
    except ImportError:
        sys.exit("golden.py: neither packaging nor pip is here")

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json")
BOTH = ["==", "!=", "<=", ">=", "<", ">"]


class Dice:
    """A generator of its own, so that every Python makes the same rows."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def pick(self, items):
        return items[self.below(len(items))]


def spelled(dice):
    """A version in one of its many spellings; now and then none at all."""
    sep = ["", "", ".", "-", "_"]
    number = ["", "0", "1", "2", "10", "01", "20240115"]
    text = dice.pick(["", "", "", "", "v", " ", "V"]) + dice.pick(["", "", "", "", "0!", "1!", "2!"])
    text += ".".join(dice.pick(["0", "1", "2", "3", "9", "10", "04", "2024", "00"]) for _ in range(1 + dice.below(4)))
    if dice.below(3) == 0:
        text += dice.pick(sep) + dice.pick(["a", "b", "c", "rc", "RC", "alpha", "Beta", "pre", "preview"]) + dice.pick(sep) + dice.pick(number)
    if dice.below(4) == 0:
        text += dice.pick(["-1", "-0", "-12", ".post1", "post", "-r2", "_rev.3", ".post-4", "POST0", "r", ".post"])
    if dice.below(4) == 0:
        text += dice.pick(sep) + dice.pick(["dev", "DEV"]) + dice.pick(sep) + dice.pick(number)
    if dice.below(5) == 0:
        text += "+" + dice.pick(["abc", "cu118", "1", "01", "1.2", "ubuntu-1", "ABC.5", "abc_5", "5.abc", "g0a1b2c3"])
    if dice.below(12) == 0:
        text += dice.pick([".", "-", "+", "..1", "x", "!1", " ", "+_", ".*", "+a..b", "--1", "a1b2", "\n", "é"])
    return text


def normal(dice, release):
    """A version in normal form, so that all releases of packaging agree on ~= with it."""
    text = ".".join(dice.pick(["0", "1", "2", "3", "10"]) for _ in range(release))
    if dice.below(3) == 0:
        text += dice.pick(["a1", "b2", "rc1", ".post1", ".dev1", "rc1.dev2", ".post2.dev3"])
    return text


def clause(dice, alone):
    kind = dice.below(10)
    space = dice.pick(["", "", " ", "  "])
    if kind < 2:
        return dice.pick(["==", "!="]) + space + ".".join(dice.pick(["0", "1", "2", "3"]) for _ in range(1 + dice.below(2))) + ".*"
    if kind < 4:
        return "~=" + space + normal(dice, 2 + dice.below(2))
    if kind == 4 and alone:
        return "===" + space + dice.pick(["1.0", "1.0.0", "1.0RC1", "1.0rc1", "2.3.post1", "whatever"])
    text = spelled(dice).replace("*", "")
    op = dice.pick(BOTH)
    if op not in ("==", "!="):
        text = text.split("+")[0]
    return op + space + text


def sample():
    releases = ["0.0", "0.9", "1.0", "1.0.0", "1.1", "1.2.3", "2.0", "2.3", "2.3.0", "3.0.1", "3.10", "10.2"]
    all = ["1", "2", "1!1.0", "1!2.3", "1.0+abc", "1.0+1", "2.3+cu118", "1.0.post1+abc"]
    for r in releases:
        all.append(r)
    for r in ["1.0", "1.0.0", "2.3", "3.0.1"]:
        all += [r + s for s in ["a1", "b2", "rc1", ".post1", ".post2", ".dev1", "rc1.dev2", ".post2.dev3", "rc1.post2"]]
    return all


def bits(flags):
    return "".join("1" if f else "0" for f in flags)


def versions(dice):
    texts, good, bad = {}, [], []
    while len(texts) < 4200:
        texts[spelled(dice)] = True
    for t in texts:
        try:
            good.append((t, version.Version(t)))
        except version.InvalidVersion:
            bad.append(t)
    ordered = sorted({v for _, v in good})
    rank = {v: n for n, v in enumerate(ordered)}
    return [[t, rank[v], str(v), v.is_prerelease] for t, v in good], bad


def rows(dice, items):
    texts, good = {}, []
    while len(texts) < 3500:
        count = 1 + dice.below(3)
        texts[",".join(clause(dice, count == 1) for _ in range(count))] = True
    bad = ["==1.0.*.1", "~=1", ">1.0+local", "<=1.*", "=1.0", "==1.0+l.*", "1.0", "==", ">= ", "~=1.0+x", "=>1", "==1 2", "!=1.0.dev1.*", "~=1.*", "~1.0", "==*", ">=1.0,<2.0.*", "<1.0;x"]
    for b in bad:
        assert not valid(b), b
    for t in texts:
        if not valid(t):
            bad.append(t)
            continue
        s = specifiers.SpecifierSet(t)
        good.append([t] + [bits(s.contains(i, prereleases=p) for i in items) for p in (True, False)])
    return good, bad


def valid(text):
    try:
        for item in text.split(","):
            specifiers.Specifier(item)
    except specifiers.InvalidSpecifier:
        return False
    return True


def make():
    items = [version.Version(t) for t in sample()]
    good, bad = versions(Dice(1))
    specs, badspecs = rows(Dice(2), items)
    parts = {"versions": good, "invalid": bad, "sample": sample(), "specifiers": specs, "invalid_specifiers": badspecs}
    lines = []
    for name, values in parts.items():
        lines.append(json.dumps(name) + ": [\n" + ",\n".join(json.dumps(v) for v in values) + "\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main():
    text = make()
    if sys.argv[1:] != ["--check"]:
        with open(FILE, "w", encoding="utf-8") as f:
            f.write(text)
        return
    with open(FILE, encoding="utf-8") as f:
        old = f.read()
    if old == text:
        print("golden.json is what packaging says here")
        return
    for was, now in zip(old.splitlines(), text.splitlines()):
        if was != now:
            sys.exit("golden.json differs:\n- %s\n+ %s" % (was, now))
    sys.exit("golden.json differs in length")


main()
