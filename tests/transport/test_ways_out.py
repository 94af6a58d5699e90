"""Nothing in FlowForge calls out but through the transport, and each exception has its reason here."""

from __future__ import annotations

import ast
from pathlib import Path

import flowforge

ROOT = Path(flowforge.__file__).parent
CALLS = {"AsyncClient", "Client", "urlopen", "create_connection", "open_connection", "SMTP", "SMTP_SSL", "ClientSession", "connect_tcp"}
OWNERS = {"httpx", "httpx2", "urllib", "request", "socket", "asyncio", "smtplib", "aiohttp"}
REASONS = {
    "api/client/drivers.py": "the Python client, which calls the server that its user names, on the user's own machine",
    "cli/mcp_bridge.py": "`flowforge mcp`, which speaks to the server that its user names, on the user's own machine",
    "cli/examination.py": "doctor asks its own server whether it is there",
    "alerts/transport.py": "mail, to addresses that the transport has checked",
}


def test_only_the_transport_makes_clients() -> None:
    found = {
        str(file.relative_to(ROOT))
        for file in ROOT.rglob("*.py")
        if not file.is_relative_to(ROOT / "transport")
        for text in (file.read_text(),)
        if any(f".{name}{end}" in text for name in CALLS for end in "(),")  # to parse every file takes seconds
        for node in ast.walk(ast.parse(text))
        for made in ([node.func] if isinstance(node, ast.Call) else node.bases if isinstance(node, ast.ClassDef) else [])
        if isinstance(made, ast.Attribute) and made.attr in CALLS
        if isinstance(made.value, ast.Name) and made.value.id in OWNERS
    }
    assert found == REASONS.keys()
