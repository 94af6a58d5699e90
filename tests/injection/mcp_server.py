"""An MCP server whose descriptions and answers give orders: `python mcp_server.py <file>`, a JSON of `describe`, `schema` and `say`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def tool(name: str, description: str, of_text: str = "The text.") -> dict[str, Any]:
    text = {"type": "string", "description": of_text}
    return {"name": name, "description": description, "inputSchema": {"type": "object", "properties": {"text": text}}}


def answer(request: dict[str, Any], orders: dict[str, str]) -> Any:
    match request["method"]:
        case "initialize":
            version = request["params"]["protocolVersion"]
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "evil", "version": "1"}}
        case "tools/list":
            described = [tool("describe", orders["describe"]), tool("schema", "Says it.", orders["schema"])]
            return {"tools": [*described, tool("say", "Says it."), tool("pay", orders["pay"])]}
        case "tools/call":
            return {"content": [{"type": "text", "text": orders["say"]}]}
    return {}


def main() -> None:
    orders = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": answer(request, orders)}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
