"""The real `tocsin up` on the folder of the documentation, in a browser: a service fails and recovers, its alarm fires, the
message comes, and an experiment is run from the page.
"""

import contextlib
import http.server
import pathlib
import re
import shutil
import signal
import subprocess
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUNCTIONS = ["metric-writer", "notifier", "uptime-checker"]
# Checks come every five seconds, alarms have periods of ten: with the processes' starts on a busy machine, long enough.
PATIENCE = 60_000


class Site:
    """The shop of the example folder, whose search can fail."""

    def __init__(self):
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                fails = self.path == "/search" and site.fails
                body = b"<h1>Open</h1>" if self.path == "/" else b'{"hits":[{"stock":12}]}'
                self.answer(503 if fails else 200, body)

            def do_PUT(self):
                site.fails = True
                self.answer(200, b"ok")

            def do_DELETE(self):
                site.fails = False
                self.answer(200, b"ok")

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.fails = False
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site():
    with contextlib.closing(Site()) as site:
        yield site


@pytest.fixture
def up(tocsin, site, tmp_path):
    """The folder and the page's address."""
    missing = [name for name in FUNCTIONS if not (ROOT / f"dist/lambda/{name}.zip").exists()]
    if missing or not (ROOT / "dist/bin/sla-runner").exists():
        pytest.skip("the functions are not built: run ./build.sh")
    folder = tmp_path / "shop"
    shutil.copytree(ROOT / "docs/examples/tocsin", folder)
    process = subprocess.Popen(
        [tocsin, "up", folder], cwd=ROOT, env={"SITE": site.url, "PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = []
    address = None
    for line in process.stderr:
        lines.append(line)
        if found := re.search(r"The console is at (http://\S+)", line):
            address = found[1]
            break
    assert address, "".join(lines)
    # The pipe must not fill.
    reader = threading.Thread(target=lambda: lines.extend(process.stderr), daemon=True)
    reader.start()
    yield folder, address
    process.send_signal(signal.SIGINT)
    status = process.wait(timeout=60)
    reader.join()
    assert status == 0, "".join(lines)


def test_a_service_fails_and_recovers(up, site, browser, screenshot):
    folder, address = up
    page = browser(address)
    page.set_default_timeout(PATIENCE)
    services, alarms, inbox = (page.locator(f"#{name}") for name in ("services", "alarms", "inbox"))
    services.get_by_text("search").first.wait_for()
    alarms.get_by_text("shop/search is down").first.wait_for()
    site.fails = True
    inbox.get_by_text("DOWN: shop/search").first.wait_for()
    inbox.get_by_text(re.compile('^ALARM: "shop/search is down"')).first.wait_for()
    inbox.get_by_text("[STATUS] (503) == 200").first.wait_for()
    # Below the alarm, in what unfolds.
    alarms.get_by_text("Made by endpoint-down (alarms.yaml:3)").first.wait_for(state="attached")
    screenshot(page, "up-down")
    site.fails = False
    inbox.get_by_text("UP: shop/search").first.wait_for()
    inbox.get_by_text(re.compile('^OK: "shop/search is down"')).first.wait_for()
    # A wrong file is told on the page, and goes from it.
    file = folder / "tocsin.yaml"
    good = file.read_text()
    file.write_text(good.replace("alarms: alarms.yaml", "alarmz: alarms.yaml"))
    fault = page.get_by_text("alarmz: unknown key, did you mean alarms?").first
    fault.wait_for()
    file.write_text(good)
    page.locator("#services").get_by_text("search").first.wait_for()


def test_an_experiment_from_the_page(up, browser, screenshot):
    _, address = up
    page = browser(address)
    page.set_default_timeout(PATIENCE)
    page.locator("#services").get_by_text("search").first.wait_for()
    # Only a system that answers can be planned for.
    page.locator("#alarms").get_by_text("shop/search is down").first.wait_for()
    page.locator("#experiments").get_by_role("link", name=re.compile("plan", re.I)).first.click()
    page.get_by_text("break-search").first.wait_for()
    page.get_by_role("button", name=re.compile("run|start", re.I)).first.click()
    experiments = page.locator("#experiments")
    experiments.get_by_text("break-search").first.wait_for()
    page.locator("#inbox").get_by_text("DOWN: shop/search").first.wait_for()
    experiments.get_by_text("repair-search").first.wait_for()
    experiments.get_by_text("It ended, and the system did not deviate.").first.wait_for()
    screenshot(page, "up-experiment")
