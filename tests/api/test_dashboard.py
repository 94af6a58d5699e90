"""How the dashboard is handed out: to anybody, under a strict policy, and nothing but what was built."""

from __future__ import annotations

import gzip
import re
from importlib.resources import files
from pathlib import Path

import pytest

from flowforge.api.app import create_app
from flowforge.api.dashboard import OTHER_FILES, PAGES, Dashboard, own_dashboard
from flowforge.settings import Settings

WEB = Path(__file__).parents[2] / "web"
SCRIPT = b"console.log('the script')\n" * 50
A_BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
STRICT = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "img-src 'self' data:", "connect-src 'self'",
    "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
}  # fmt: skip


@pytest.fixture
def static(tmp_path):
    """As a build leaves it."""
    files = {
        "index.html": b"<!doctype html><title>FlowForge</title>",
        "theme.js": b"// the theme",
        "icon.svg": b"<svg/>",
        "licences.txt": b"MIT",
        ".sources": b"0123",
        ".vite/manifest.json": b"{}",
        "assets/index-a1b2.js": SCRIPT,
        "assets/index-a1b2.js.gz": gzip.compress(SCRIPT, mtime=0),
        "assets/plex-c3d4.woff2": b"\0font",
    }
    for name, content in files.items():
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "static"


@pytest.fixture
def locked(database, bell, static):
    """A server that lets nobody in without a key."""
    return create_app(database, settings=Settings(api_key="k" * 40), bell=bell, dashboard=Dashboard.read(static))


@pytest.fixture
async def browser(locked, client_of):
    async with client_of(locked) as client:
        yield client


@pytest.mark.parametrize("path", ["/", *(f"/{name}" for name in PAGES), "/board/FF-14", "/runs/8241a2f7/steps/fraud", "/agents/"])
async def test_every_page_is_the_same_file_and_needs_no_key(browser, path):
    page = await browser.get(path, headers=A_BROWSER)

    assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.content == b"<!doctype html><title>FlowForge</title>"
    assert page.headers["cache-control"] == "no-cache"


async def test_nothing_but_its_own_scripts_and_styles_runs_on_it(browser):
    headers = (await browser.get("/board")).headers

    assert set(headers["content-security-policy"].split("; ")) == STRICT
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/nothing", "/metrics", "/nothing", "/boards", "/mcp", "/v1", "/boardroom"])
async def test_what_is_no_page_still_asks_for_a_key(browser, path):
    answer = await browser.get(path)

    assert answer.status_code == 401 and answer.headers["content-type"] == "application/problem+json"


async def test_events_are_a_page_to_a_browser_and_the_api_to_programs(browser):
    key = {"authorization": "Bearer " + "k" * 40}

    assert (await browser.get("/events", headers=A_BROWSER)).headers["content-type"].startswith("text/html")
    assert (await browser.get("/events")).status_code == 401
    refused = await browser.get("/events", headers=key)
    assert (refused.status_code, refused.headers["allow"], refused.headers["content-type"]) == (405, "POST", "application/problem+json")
    assert (await browser.post("/events", json={"name": "order/created"}, headers=A_BROWSER)).status_code == 401


async def test_a_page_is_only_looked_at(browser):
    key = {"authorization": "Bearer " + "k" * 40}

    assert (await browser.post("/board", headers=key)).status_code == 405
    assert (await browser.delete("/runs/8241", headers=key)).status_code == 405


async def test_unknown_paths_are_problems_to_whoever_has_a_key(browser):
    for path in ("/nothing", "/v1/nothing", "/boards"):
        answer = await browser.get(path, headers={"authorization": "Bearer " + "k" * 40})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_assets_are_kept_for_ever_and_the_page_is_asked_for_again(browser):
    asset = await browser.get("/assets/index-a1b2.js", headers={"accept-encoding": "identity"})
    page = await browser.get("/")

    assert asset.content == SCRIPT and asset.headers["content-type"] == "text/javascript; charset=utf-8"
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = await browser.get("/runs", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", page.headers["etag"])
    assert (await browser.get("/", headers={"if-none-match": '"another"'})).status_code == 200


async def test_a_page_of_another_build_has_another_etag(static, browser):
    before = (await browser.get("/")).headers["etag"]
    (static / "index.html").write_bytes(b"<!doctype html><title>FlowForgf</title>")  # as long, and no older

    assert Dashboard.read(static).built["/index.html"].etag != before


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip", "gzip"), ("deflate, gzip;q=0.8, br", "gzip"), ("*", "gzip"), ("gzip;q=0", None), ("br", None), ("", None)],
)
async def test_scripts_travel_compressed_where_a_browser_takes_them_so(browser, accepted, encoding):
    answer = await browser.get("/assets/index-a1b2.js", headers={"accept-encoding": accepted})

    assert answer.headers.get("content-encoding") == encoding and answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == SCRIPT
    assert (int(answer.headers["content-length"]) < len(SCRIPT)) is (encoding == "gzip")


@pytest.mark.parametrize("path", ["/", "/board/FF-1", "/assets/index-a1b2.js", "/theme.js"])
async def test_a_head_says_what_a_get_would(browser, path):
    head, get = await browser.head(path), await browser.get(path)

    assert head.status_code == 200
    assert {name: head.headers[name] for name in ("content-type", "etag", "cache-control")} == {
        name: get.headers[name] for name in ("content-type", "etag", "cache-control")
    }


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../index.html", "/assets/..%2findex.html", "/assets/%2e%2e/app.py", "/assets/..%5capp.py", "/assets//etc/passwd",
        "/assets/index-a1b2.js.gz", "/assets/nothing.js", "/assets/", "/assets/%00",
    ],
)  # fmt: skip
async def test_nothing_else_is_handed_out(locked, client_of, path):
    async with client_of(locked) as browser:
        answer = await browser.get(browser.base_url.copy_with(raw_path=path.encode()))

    assert answer.status_code in (400, 401, 404) and answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/.sources", "/.vite/manifest.json", "/index.html"])
async def test_what_the_build_leaves_for_itself_is_not_handed_out(browser, path):
    assert (await browser.get(path)).status_code == 401


async def test_loading_the_dashboard_counts_against_nobody(browser):
    answers = [(await browser.get("/assets/index-a1b2.js")).status_code for _ in range(400)]

    assert set(answers) == {200}
    assert (await browser.get("/v1/runs")).status_code == 401


async def test_without_built_pages_every_page_says_how_to_build_them(api):
    for path in ("/", "/board", "/runs/8241"):
        page = await api.get(path)
        assert page.status_code == 200 and "FLOWFORGE_DASHBOARD=force pip install -e ." in page.text
    assert (await api.get("/assets/index-a1b2.js")).status_code == 404


@pytest.mark.skipif(not (WEB / "public").is_dir(), reason="the sources of the pages are not here")
def test_every_file_beside_the_page_is_handed_out():
    assert {f"/{path.name}" for path in (WEB / "public").iterdir()} <= set(OTHER_FILES)


@pytest.mark.skipif(not (WEB / "public").is_dir(), reason="the sources of the pages are not here")
def test_every_route_of_the_pages_is_served():
    paths = re.findall(r"""\bpath:\s*["'](/[^"']*)["']""", (WEB / "src/router.tsx").read_text())

    assert paths
    assert {path.split("/")[1] for path in paths if path != "/"} - {"$"} <= set(PAGES)


@pytest.mark.skipif(not own_dashboard().is_built, reason="the pages are not built here")
def test_the_built_page_asks_only_for_files_that_are_handed_out():
    page = (files("flowforge.api") / "static/index.html").read_text()

    assert re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page) is None  # the policy would not let them run
    assert set(re.findall(r'(?:src|href)="([^"]+)"', page)) <= set(own_dashboard().built)
