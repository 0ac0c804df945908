"""Whether a known weakness is in what Greenroom is installed with: `make audit`. Exits 1 when one is.

It asks a public index, which not every machine may do. What couldn't be asked is said, and only fails where `CI` is
set.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PATIENCE = 300


def weaknesses(report: dict[str, Any]) -> list[str]:
    """A line for each package with a known weakness."""
    return [
        f"{package['name']} {package['version']}: {weakness['id']}, mended in "
        f"{', '.join(weakness['fix_versions']) or 'no version yet'}"
        for package in report["dependencies"]
        for weakness in package.get("vulns", [])
    ]


def unknown(report: dict[str, Any]) -> list[str]:
    """The packages that nothing could be found out about."""
    return [package["name"] for package in report["dependencies"] if "skip_reason" in package]


def report_on(lock: str) -> dict[str, Any] | None:
    """What the index says about each package of a lock file; None when it can't be asked."""
    program = Path(sys.executable).with_name("pip-audit")
    command = [program, "--require-hashes", "--disable-pip", "--format", "json", "--requirement", ROOT / lock]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    return report


def main() -> int:
    found: list[str] = []
    asked = True
    for lock in LOCKS:
        report = report_on(lock)
        if report is None:
            print(f"{lock}: not audited, the index can't be reached.")
            asked = False
            continue
        found += weaknesses(report)
        missing = unknown(report)
        asked = asked and not missing
        known = len(report["dependencies"]) - len(missing)
        print(f"{lock}: {known} packages audited" + (f", {len(missing)} unknown to the index." if missing else "."))
    for line in dict.fromkeys(found):
        print(line)
    return 1 if found or (not asked and os.environ.get("CI")) else 0


if __name__ == "__main__":
    sys.exit(main())
