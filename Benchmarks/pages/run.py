"""Measures the report's pages: what the first one weighs, how long it is drawn, by this program and by Chromium.

    run.py --binaries FOLDER [--services 5,100] [--days 90] [--repeat 5] [--scenario trouble]

Drawing is processor time of this program, the best of the repetitions. Chromium's time is that from the start of the
navigation to the end of the load event, of a page from the disk; it is left out where Chromium or playwright is missing.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import tempfile


def draw(program, services, folder):
    run = subprocess.run([program, str(services), str(options.days), folder, options.scenario], capture_output=True,
                         text=True, check=True)
    return json.loads(run.stdout)


def chromium_milliseconds(page, repeat):
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    program = shutil.which("chromium")
    if program is None:
        return None
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        times = []
        for _ in range(repeat):
            opened = browser.new_page(viewport={"width": 1366, "height": 900})
            opened.goto(page.as_uri())
            # Two frames later everything that is visible has been painted.
            times.append(opened.evaluate(
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"))
            opened.close()
        browser.close()
    return min(times)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--binaries", type=pathlib.Path, required=True)
parser.add_argument("--services", default="5,100")
parser.add_argument("--days", type=int, default=90)
parser.add_argument("--repeat", type=int, default=5)
parser.add_argument("--scenario", choices=["all-up", "trouble", "flapping", "no-data"], default="trouble",
                    help="trouble: some outages of each service; flapping: half of all hours have failures")
options = parser.parse_args()

program = options.binaries / "pages-benchmark"
print(f"{'services':>8} {'days':>5} {'first page':>12} {'drawn in':>10} {'all pages in':>13} {'Chromium':>10}")
for services in map(int, options.services.split(",")):
    with tempfile.TemporaryDirectory() as folder:
        runs = [draw(program, services, folder) for _ in range(options.repeat)]
        browser = chromium_milliseconds(pathlib.Path(folder) / "index.html", options.repeat)
        milliseconds, everything = (min(run[name] for run in runs) for name in ("milliseconds", "all_milliseconds"))
        shown = "-" if browser is None else f"{browser:.0f} ms"
        print(f"{services:>8} {options.days:>5} {runs[0]['bytes']:>8} bytes {milliseconds:>7.0f} ms {everything:>10.0f} ms {shown:>10}")
