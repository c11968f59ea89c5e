"""A lab of a plain user, from up to down; prints what was seen as JSON. python plain_user.py STATE"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from lab.supervisor.ending import down
from tests.lab.supervisor.labs import TestLab, running, until

WHOSE = "import urllib.request as web; print(web.urlopen('https://web.example/whose').read().decode())"


def main() -> None:
    lab = TestLab(Path(sys.argv[1]))
    record = lab.up()
    family = {*lab.processes(), record.pid}
    until(lambda: lab.inside(sys.executable, "-c", WHOSE).returncode == 0, "the web server answers")
    seen = {
        "user": os.geteuid(),
        "programs": len(lab.status()["programs"]),
        "whose": lab.inside(sys.executable, "-c", WHOSE).stdout.strip(),
        "uses": lab.status()["uses"],
        "known": len(family),
    }
    down(lab.place, lab.told.append)
    print(json.dumps(seen | {"left": running(family), "folder": lab.place.folder.exists()}))


if __name__ == "__main__":
    main()
