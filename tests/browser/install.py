"""Finds a Chromium for the browser tests, or installs one. `make test` runs this before the tests do.

    python tests/browser/install.py

The tests only look (`find`); they never install anything.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "The browser tests need Chromium. Install it, or set CHROMIUM_PATH to where it is; "
    "`python tests/browser/install.py` tries to do it for you."
)
WHERE = "from playwright.sync_api import sync_playwright as p\nwith p() as own: print(own.chromium.executable_path)"
REFUSED = "No Chromium was found and none could be installed. Install one, or set CHROMIUM_PATH to where it is."


def find() -> str | None:
    """The path of a browser: the one that CHROMIUM_PATH names, one on the PATH, or Playwright's own."""
    if named := os.environ.get("CHROMIUM_PATH"):
        return shutil.which(named)
    on_path = (shutil.which(name) for name in NAMES)
    return next((found for found in on_path if found), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    # A process of its own, because Playwright starts only once in one, and the tests start it themselves.
    asked = subprocess.run([sys.executable, "-c", WHERE], capture_output=True, text=True, check=True)
    path = asked.stdout.strip()
    # On a bare machine a downloaded browser may lack the system's libraries, and then doesn't start.
    return path if Path(path).is_file() and _ran([path, "--version"]) else None


def install() -> str | None:
    """Try Playwright's download first, then the system's packages; the path of what is there afterwards."""
    print("Installing Chromium for the browser tests …", file=sys.stderr)
    if _ran([sys.executable, "-m", "playwright", "install", "chromium"]) and (found := find()):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get") and _ran(["apt-get", "update"]):
        _ran(["apt-get", "install", "--yes", "--no-install-recommends", "chromium"])
    return find()


def _ran(command: list[str]) -> bool:
    """Whether the command succeeded. What it says is of interest only when all of them fail, and then to few."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    if os.environ.get("CHROMIUM_PATH") and not find():
        sys.exit(f"CHROMIUM_PATH is {os.environ['CHROMIUM_PATH']}, and there is no program there.")
    if not find() and not install():
        sys.exit(REFUSED)
