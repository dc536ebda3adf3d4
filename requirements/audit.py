"""Known vulnerabilities of what is installed at run time, asked of a vulnerability service.

python requirements/audit.py [--service pypi|osv] [--if-reachable]

Needs the internet: pypi.org's JSON pages or api.osv.dev. A mirror of the package index is not enough, it knows of no
vulnerabilities; then nothing was audited, and the exit code says so (3). 1: something is known to be vulnerable.
With --if-reachable it is said all the same, but is no failure: a check on a machine without the internet goes on.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

#: Run by uv in an environment of its own: it shares nothing with what it looks at.
TOOL = "pip-audit==2.10.1"
LOCK = Path(__file__).with_name("runtime.lock")
_NOT_AUDITED = 3
#: Longest wait for one answer, and for all of them, in s.
_ANSWER_S, _ALL_S = 5, 180


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--service", choices=["pypi", "osv"], default="pypi")
    parser.add_argument("--if-reachable", action="store_true", help="without an answer: say so, exit code 0")
    given = parser.parse_args()
    service, unanswered = given.service, 0 if given.if_reachable else _NOT_AUDITED
    uv = Path(sys.executable).parent / "uv"
    command = [
        str(uv), "tool", "run", "--from", TOOL, "pip-audit", "--requirement", str(LOCK), "--require-hashes",
        "--disable-pip", "--vulnerability-service", service, "--format", "json", "--progress-spinner", "off",
        "--timeout", str(_ANSWER_S),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_ALL_S)
    except subprocess.TimeoutExpired:
        print(f"Not audited: the service {service} did not answer within {_ALL_S} s.", file=sys.stderr)
        sys.exit(unanswered)
    try:
        told = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1][:300]
        print(f"Not audited: the service {service} was not reached ({reason}).", file=sys.stderr)
        sys.exit(unanswered)
    wrong = [each for each in told if each.get("vulns")]
    for each in wrong:
        ids = ", ".join(vuln["id"] + _fixed(vuln) for vuln in each["vulns"])
        print(f"{each['name']} {each['version']}: {ids}")
    unknown = [each["name"] for each in told if "skip_reason" in each]
    if unknown:
        print(
            f"Not audited, {service} does not know them here: {len(unknown)} of {len(told)} packages.",
            file=sys.stderr,
        )
    if wrong:
        sys.exit(1)
    if unknown:
        sys.exit(unanswered)
    print(f"{len(told)} packages, nothing is known against them.")


def _fixed(vulnerability: dict[str, list[str]]) -> str:
    versions = vulnerability.get("fix_versions") or []
    return f" (fixed in {', '.join(versions)})" if versions else ""


if __name__ == "__main__":
    main()
