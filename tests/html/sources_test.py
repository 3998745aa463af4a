#!/usr/bin/env python3
"""Whether the committed page.html was made from the sources beside it. Needs no Node: the page holds a digest of them, which
html/build.js computes in the same way.

    sources_test.py FOLDER      the folder of build.js
"""
import hashlib
import json
import pathlib
import re
import sys


def digest(folder):
    names = ["build.js", "package-lock.json", "package.json", "template.html"]
    names += [f"source/{each.name}" for each in (folder / "source").iterdir()]
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(names)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def main():
    folder = pathlib.Path(sys.argv[1])
    told = re.search(r'<meta name="sources" content="([0-9a-f]{64})">', (folder / "page.html").read_text())
    if not told:
        sys.exit("page.html does not tell of which sources it was made")
    if told[1] != digest(folder):
        sys.exit("page.html is older than its sources: in analyzer/report/html, run `npm ci --ignore-scripts && npm run build`, "
                 "and commit page.html")
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    tied = [name for name, package in packages.items() if "resolved" in package]
    if tied:
        sys.exit(f"package-lock.json is tied to one registry: take out `resolved` of {', '.join(tied)}")
    unlocked = [name for name, package in packages.items() if name and "integrity" not in package]
    if unlocked:
        sys.exit(f"package-lock.json has no checksum of {', '.join(unlocked)}")


if __name__ == "__main__":
    main()
