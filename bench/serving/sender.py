"""`python -m serving.sender URL KEY CONNECTIONS SIZE SECONDS`: post events, `SIZE` in each request, and print what came of it as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

from flowforge.cli.host import run

DATA = {"order_id": "ORD-9218", "total": 420, "currency": "NOK", "items": [{"sku": f"SKU-{n}", "price": n} for n in range(5)]}


async def send(url: str, key: str, connections: int, size: int, seconds: float) -> None:
    where = urlsplit(url)
    event = {"name": "bench/order", "data": DATA}
    body = json.dumps(event if size == 1 else [event] * size).encode()
    head = f"POST /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    until, took = time.monotonic() + seconds, list[float]()

    async def one() -> None:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        while time.monotonic() < until:
            begun = time.perf_counter()
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            if b" 202 " not in answer[:20]:
                raise RuntimeError((answer + await reader.read(2000)).decode())
            length = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            took.append((time.perf_counter() - begun) * 1000)
        writer.close()

    begun = time.monotonic()
    await asyncio.gather(*(one() for _ in range(connections)))
    print(json.dumps({"took": took, "seconds": time.monotonic() - begun}), flush=True)


if __name__ == "__main__":
    url, key, connections, size, seconds = sys.argv[1:]
    run(send(url, key, int(connections), int(size), float(seconds)))
