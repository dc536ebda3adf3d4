"""Nothing that looks like a secret is committed, but what is known to be none.

python requirements/scan_secrets.py            exit code 1 and the places of what is new
python requirements/scan_secrets.py --accept   after a look at each: what is there now is none

`known_secrets.json` holds files, kinds and SHA-1 of what was accepted: lines may move, nothing is repeated.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

ROOT = Path(__file__).parents[1]
KNOWN = Path(__file__).with_name("known_secrets.json")
#: Hashes and generated texts, checked by other means: locks, examples of the contract, states of old releases.
LEFT_OUT = re.compile(
    r"(\.lock(\.json|\.toml)?|^docs/signals.*|^schemas/(examples|jsonschema)/.*|^tests/detection/states/.*"
    r"|^requirements/known_secrets\.json|\.(png|svg|ico))$"
)


def tracked() -> list[str]:
    """The files of the repository, new ones too."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {name for name in listed.split("\0") if name}
    return sorted(name for name in names if not LEFT_OUT.search(name) and (ROOT / name).is_file())


def found(names: list[str]) -> dict[str, dict[str, list[int]]]:
    """File -> kind and hash -> lines."""
    secrets = SecretsCollection(root=str(ROOT))
    with default_settings():
        secrets.scan_files(*names)
    places: dict[str, dict[str, list[int]]] = {}
    for name, secret in secrets:
        where = places.setdefault(str(name), {})
        where.setdefault(f"{secret.type} {secret.secret_hash}", []).append(secret.line_number)
    return places


def main() -> None:
    there = found(tracked())
    if "--accept" in sys.argv[1:]:
        kept = {name: sorted(kinds) for name, kinds in sorted(there.items())}
        KNOWN.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        return
    known: dict[str, list[str]] = json.loads(KNOWN.read_text(encoding="utf-8"))
    new = [
        f"{name}:{min(lines)}: {kind.rpartition(' ')[0]}"
        for name, kinds in there.items()
        for kind, lines in kinds.items()
        if kind not in known.get(name, [])
    ]
    if new:
        print("\n".join(sorted(new)))
        sys.exit("This looks like a secret. If it is one: take it out, and make a new one. If not: --accept.")


if __name__ == "__main__":
    main()
