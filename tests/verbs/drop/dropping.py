"""What was dropped into a folder, as a tool reads it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

FOLDER = """
[files]
kind = "folder"
newsletter = "nyhedsbrev"
folder = "{folder}"
"""


def manifests(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]


def rows(folder: Path, manifest: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / manifest["file"]).read_text(), newline="")))
