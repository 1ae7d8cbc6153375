"""Results of long measurements, which the benchmarks write here so that no notebook has to wait.

Each result names the machine that it was measured on.
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load_measured(name: str) -> dict[str, Any]:
    """The saved results of a measurement, such as ``"training"``.

    Raises:
        FileNotFoundError: if there are no such results; the message lists the names there are.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.json"))) or "none"
        raise FileNotFoundError(f"There are no saved results {name!r}. There are: {known}.")
    return json.loads(path.read_text(encoding="utf-8"))
