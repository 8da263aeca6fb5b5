"""List prices, from the one file of the project that has them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import AwsError

FILE = Path(__file__).parents[4] / "automation" / "costs" / "prices.json"


@cache
def _read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text())["prices"])


def price(key: str, file: Path = FILE) -> float:
    """USD of one unit. Raises AwsError where the file does not have it: a cost is never guessed."""
    try:
        return float(_read(file)[key]["usd"])
    except (OSError, ValueError, KeyError) as error:
        message = f"no price {key} in {file.name} ({type(error).__name__}: {error}): add it with its source"
        raise AwsError("DataUnavailableException", message) from error
