"""A Celery canvas, rewritten: `chord(group(resize.s(p) for p in pages), bind.s()) | notify.s()` with retries, a delay and a result.

What were tasks are plain functions again; what the canvas said is a function that calls them. See docs/migrating.md.
"""

from __future__ import annotations

import asyncio

import flowforge
from flowforge import Context, step

SENT: list[str] = []


@flowforge.function(trigger="book/uploaded", retries=3)
async def publish_book(ctx: Context) -> str:
    pages = await asyncio.gather(*(resize_page(page) for page in ctx.event.data["pages"]))  # group
    book = await step.run("bind", bind, pages)  # chord's callback
    await step.sleep("let caches settle", "10m")  # countdown=600
    await step.run("notify", notify, book)  # chain
    return book


async def resize_page(page: str) -> str:
    return await step.run("resize", resize, page)


def resize(page: str) -> str:
    return f"{page}@2x"


def bind(pages: list[str]) -> str:
    return "+".join(pages)


def notify(book: str) -> None:
    SENT.append(book)
