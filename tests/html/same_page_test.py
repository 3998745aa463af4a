#!/usr/bin/env python3
"""Whether building the page anew gives the committed bytes: then nothing in it comes from elsewhere.

    same_page_test.py --node NODE FOLDER WORKSHOP      the workshop is what packages.py made
"""
import argparse
import pathlib
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--node", required=True)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("workshop", type=pathlib.Path)
    chosen = parser.parse_args()
    if not (chosen.workshop / "installed").exists():
        print("the npm packages are not there")
        return 77
    built = chosen.workshop / "page.html"
    subprocess.run([chosen.node, "build.js", built], cwd=chosen.workshop, check=True, timeout=600)
    if built.read_bytes() != (chosen.folder / "page.html").read_bytes():
        print("page.html is not what its sources give: in analyzer/report/html, run `npm ci --ignore-scripts && npm run build`, "
              "and commit page.html")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
