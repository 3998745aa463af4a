#!/usr/bin/env python3
"""Copies what npm packages are for (package.json, its lock and, of the page, the sources) to a folder of the build and
installs the locked packages there.

    packages.py --npm NPM FROM TO      ends with 77 if the packages cannot be had
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import time

ATTEMPTS = 3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--npm", required=True)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    chosen = parser.parse_args()
    lock = (chosen.source / "package-lock.json").read_bytes()
    # The last thing written: a folder with it is complete.
    stamp = chosen.target / "installed"
    chosen.target.mkdir(parents=True, exist_ok=True)
    if (chosen.target / "source").is_dir():
        shutil.rmtree(chosen.target / "source")
    if (chosen.source / "source").is_dir():
        shutil.copytree(chosen.source / "source", chosen.target / "source")
    for name in ("build.js", "package.json", "package-lock.json", "template.html"):
        if (chosen.source / name).exists():
            shutil.copyfile(chosen.source / name, chosen.target / name)
    if stamp.exists() and stamp.read_bytes() == lock:
        return 0
    stamp.unlink(missing_ok=True)
    said = ""
    for attempt in range(ATTEMPTS):
        try:
            done = subprocess.run([chosen.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"],
                                  cwd=chosen.target, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=240)
        except subprocess.TimeoutExpired:
            said = "npm did not come to an end"
            continue
        said = done.stdout.decode(errors="replace")
        if done.returncode == 0:
            stamp.write_bytes(lock)
            return 0
        # A lock file that contradicts package.json is our own fault, and no registry mends it.
        if "EUSAGE" in said or "EINTEGRITY" in said:
            print(said)
            return 1
        time.sleep(2 * attempt)
    print(f"the npm packages cannot be had, so what needs them is not tested:\n{said}")
    return 77


if __name__ == "__main__":
    sys.exit(main())
