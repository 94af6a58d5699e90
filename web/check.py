"""Everything that holds of the pages and needs no browser, with the node that builds them:    python web/check.py

The types of the API are those of today's OpenAPI document; format and lint; types; tests; how much a browser has to fetch.
"""

from __future__ import annotations

import json
import runpy
import sys
import tempfile
from pathlib import Path

WEB = Path(__file__).resolve().parent
SCHEMA = WEB / "src/api/schema.ts"
sys.path.insert(0, str(WEB.parent))


def main() -> None:
    tools = runpy.run_path(str(WEB / "build.py"))
    install, node = tools["install"], tools["node"]
    if not tools["is_fresh"](WEB.parent):
        tools["build"](WEB.parent)
    install(WEB)
    install(WEB / "api-types")
    check_types_of_the_api(node)
    node(WEB, "node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings", "--colors=off", ".")
    node(WEB, "node_modules/typescript/bin/tsc", "--noEmit")
    node(WEB, "node_modules/vitest/vitest.mjs", "run", "--passWithNoTests")
    node(WEB, "budget.mjs")


def check_types_of_the_api(node) -> None:
    """Leaves them rewritten where they were old."""
    from flowforge.api.client_source.document import openapi_document

    with tempfile.TemporaryDirectory() as folder:
        document, written = Path(folder) / "openapi.json", Path(folder) / "schema.ts"
        document.write_text(json.dumps(openapi_document()), encoding="utf-8")
        node(WEB / "api-types", "write.mjs", str(document), str(written))
        today = written.read_text(encoding="utf-8")
    if SCHEMA.read_text(encoding="utf-8") != today:
        SCHEMA.write_text(today, encoding="utf-8")
        raise SystemExit(f"flowforge: {SCHEMA.relative_to(WEB.parent)} was not of today's OpenAPI document; it is now, commit it")


if __name__ == "__main__":
    main()
