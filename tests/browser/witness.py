"""Who looks over a page's shoulder: whatever it complains of, asks elsewhere for, or fails to get, fails its test."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Request

LOUD = frozenset({"error", "warning", "assert"})
GIVEN_UP = "net::ERR_ABORTED"  # by the page itself, as when it is left while a stream is open


class Witness:
    """Of all pages of one test."""

    def __init__(self, url: str) -> None:
        self.hosts = {urlsplit(url).netloc}
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._expected: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._see)
        page.on("requestfailed", self._miss)

    def admit(self, url: str) -> None:
        """A server of the test's own may be asked too."""
        self.hosts.add(urlsplit(url).netloc)

    def expect(self, pattern: str) -> None:
        """From now on it is no fault to say this: as where a test takes the server away."""
        self._expected.append(pattern)

    @property
    def faults(self) -> list[str]:
        return [said for said in self.complaints if not any(re.search(pattern, said) for pattern in self._expected)]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in LOUD:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _see(self, request: Request) -> None:
        where = urlsplit(request.url)
        self.requests.append(f"{request.method} {request.url}")
        if where.scheme not in ("data", "blob") and where.netloc not in self.hosts:
            self.complaints.append(f"asked {where.netloc or where.scheme}: {request.url}")

    def _miss(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self.complaints.append(f"not received: {request.url} ({request.failure})")
