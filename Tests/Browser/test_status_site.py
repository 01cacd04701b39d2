"""The static site of the report, with services that were made up by Benchmarks/pages: what a reader sees and can do."""

import json
import re
import subprocess

import pytest

from conftest import ROOT

PHONE = {"width": 390, "height": 844}
PAGES = ["index.html", "services/payments-checkout.html", "incidents/gateway.html"]


@pytest.fixture(scope="session")
def sites(tmp_path_factory):
    """`sites(services, scenario, seconds_ago)`: the folder of a site, which is made once."""
    programs = [path for path in (ROOT / ".build/release/pages-benchmark", ROOT / ".build/debug/pages-benchmark") if path.exists()]
    if not programs:
        pytest.skip("pages-benchmark is not built: run swift build --product pages-benchmark")
    program = max(programs, key=lambda path: path.stat().st_mtime)
    made = {}

    def make(services=5, scenario="trouble", seconds_ago=0):
        key = (services, scenario, seconds_ago)
        if key not in made:
            folder = tmp_path_factory.mktemp("site")
            run = subprocess.run(
                [program, str(services), "90", folder, scenario, str(seconds_ago)], capture_output=True, text=True, check=True)
            made[key] = (folder, json.loads(run.stdout))
        return made[key][0]

    make.facts = lambda *key: made[key][1]
    return make


@pytest.fixture
def site(sites, serve, browser):
    """`site(page, services=…, scenario=…, **context)`: opens a page of a site."""

    def open_page(page="index.html", services=5, scenario="trouble", seconds_ago=0, **options):
        return browser(f"{serve(sites(services, scenario, seconds_ago))}/{page}", **options)

    return open_page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_pages_load_alone_and_can_be_read_by_all(page, theme, site, axe, screenshot):
    """The fixture fails on errors, warnings and requests to other servers."""
    opened = site(page, color_scheme=theme)
    for details in opened.locator("details").all():
        details.locator("summary").click()
    axe(opened)
    screenshot(opened, f"site-{page.split('/')[-1].removesuffix('.html')}-{theme}")


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_need_not_scroll_sideways(page, site, axe, screenshot):
    opened = site(page, viewport=PHONE, has_touch=True, is_mobile=True)
    for details in opened.locator("details").all():
        details.locator("summary").click()
    assert opened.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    axe(opened)
    screenshot(opened, f"site-{page.split('/')[-1].removesuffix('.html')}-phone")


def test_a_hundred_services_weigh_less_than_300_kb(site, sites, axe, screenshot):
    opened = site(services=100)
    assert sites.facts(100, "trouble", 0)["bytes"] < 300_000
    assert opened.locator(".row").count() == 100
    axe(opened)
    screenshot(opened, "site-100")


def test_the_html_is_valid(sites, valid_html):
    folder = sites(5, "trouble", 0)
    valid_html(*(folder / page for page in PAGES))


def test_the_first_sentence_tells_the_worst(site):
    for scenario, sentence, state in [
        ("trouble", "1 of 5 services is degraded", "degraded"), ("all-up", "All 5 services are up", "up"),
        ("no-data", "All 5 services have no current data", "unknown"),
    ]:
        opened = site(scenario=scenario)
        assert opened.locator("h1").inner_text() == sentence
        assert opened.title().startswith(f"{sentence} – ")
        assert opened.locator(f".hero.{state} .i.{state}").count() == 1


def test_without_results_nothing_is_green(site, screenshot):
    opened = site(scenario="no-data")
    assert opened.locator(".i.up, .hero.up, .b .u[d]").locator("xpath=self::*[not(ancestor::*[contains(@class,'legend')])]").count() == 0
    screenshot(opened, "site-no-data")


def test_hovering_a_bar_tells_time_state_and_cause(site, screenshot):
    opened = site()
    bars = opened.locator(".row").nth(2).locator("svg.hours")
    size = bars.bounding_box()
    # The hour before the one that has begun.
    bars.hover(position={"x": size["width"] * 46.5 / 48, "y": size["height"] / 2})
    tip = opened.locator("#tip")
    lines = tip.locator("b, span").all_inner_texts()
    assert re.fullmatch(r"\d+ \w+, \d\d:\d\d to \d\d:\d\d", lines[0])
    assert re.fullmatch(r"Down: \d+\.\d\d % available", lines[1])
    assert re.fullmatch(r"\d+ of \d+ results failed", lines[2])
    assert lines[3] == "[STATUS] (503) == 200"
    opened.screenshot(path=ROOT / ".build/tests/screenshots/site-tooltip.png")
    opened.mouse.move(5, 5)
    assert tip.is_hidden()


def test_hovering_a_curve_tells_the_time_of_all_curves(site):
    opened = site()
    curve = opened.locator("svg.c").first
    curve.scroll_into_view_if_needed()
    curve.hover()
    assert re.search(r"payments/api: \d+ ms", opened.locator("#tip").inner_text())
    assert opened.locator(".curves .at").count() == opened.locator("svg.c").count()


def test_a_finger_tells_what_a_bar_shows(site):
    opened = site(viewport=PHONE, has_touch=True, is_mobile=True)
    opened.locator("svg.days").first.tap()
    assert re.search(r"\w{3} \d+ \w+ 20\d\d|\w{3}, \d+ \w+ 20\d\d", opened.locator("#tip").inner_text())


def test_all_is_reached_by_the_keyboard(site):
    opened = site()
    summary = opened.locator("summary").nth(2)
    summary.focus()
    opened.keyboard.press("Enter")
    assert opened.locator(".row").nth(2).locator(".outages").is_visible()
    opened.locator("svg.b").first.focus()
    opened.keyboard.press("End")
    last = opened.locator("#tip").inner_text()
    opened.keyboard.press("ArrowLeft")
    before = opened.locator("#tip").inner_text()
    assert before != last
    opened.keyboard.press("ArrowRight")
    assert opened.locator("#tip").inner_text() == last
    opened.keyboard.press("ArrowDown")
    assert opened.evaluate("document.activeElement.classList.contains('days')")
    opened.keyboard.press("Escape")
    assert opened.locator("#tip").is_hidden()


def test_tab_reaches_the_bars_of_a_group_once(site):
    opened = site()
    assert opened.locator(".services svg[tabindex='0']").count() == opened.locator(".rows").count()


def test_without_scripts_bars_have_titles_and_outages_are_listed(site):
    opened = site(java_script_enabled=False)
    titles = opened.locator(".row").nth(2).locator("svg.hours path.d title").all_text_contents()
    assert re.fullmatch(
        r"\d+ \w+ \d\d:\d\d( to \d+ \w+ \d\d:\d\d)?: down, \d+ of \d+ failed: \[STATUS\] \(503\) == 200", titles[-1])
    opened.locator("summary").nth(2).click()
    assert "[STATUS] (503) == 200" in opened.locator(".row").nth(2).locator(".outages").inner_text()
    assert "api, last 48 hours: " in opened.locator("svg.hours").first.get_attribute("aria-label")


def test_nothing_moves_for_those_who_asked_for_that(site):
    opened = site(reduced_motion="reduce")
    opened.locator("svg.days").first.hover()
    assert opened.locator("#tip").evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    assert opened.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


PAST = r"All 5 services were up on \d+ \w{3} 20\d\d, \d\d:\d\d UTC"
# How far a page has moved since it was first drawn.
SHIFT = """() => new Promise(done => {
    const sum = list => list.getEntries().reduce((sum, entry) => sum + entry.value, 0)
    new PerformanceObserver(list => done(sum(list))).observe({ type: "layout-shift", buffered: true })
    requestAnimationFrame(() => requestAnimationFrame(() => done(0)))
})"""


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}])
def test_an_old_page_says_so_and_that_it_was_so_then(options, site, axe, screenshot):
    opened = site(scenario="all-up", seconds_ago=7_200, **options)
    assert opened.locator(".stale").inner_text() == (
        "This page is 2 hours old and should be made every 5 minutes. What it shows may no longer be true.")
    assert re.fullmatch(PAST, opened.locator("h1").inner_text())
    assert re.match(PAST + " – ", opened.title())
    # What was green may no longer be so.
    assert opened.locator(".row").first.evaluate("row => getComputedStyle(row).filter") == "grayscale(1)"
    assert opened.evaluate(SHIFT) == 0
    axe(opened)
    screenshot(opened, "site-stale-phone" if options else "site-stale")


def test_an_old_page_of_a_service_says_when_it_was_so(site):
    opened = site("services/payments-checkout.html", scenario="all-up", seconds_ago=7_200)
    assert re.match(r"On \d+ \w{3} 20\d\d, \d\d:\d\d UTC: Up", opened.locator(".hero p").inner_text())


def test_a_page_that_is_left_open_becomes_old_and_nothing_moves(site):
    opened = site(scenario="all-up")
    notice, heading = opened.locator(".stale"), opened.locator("h1")
    assert not notice.is_visible()
    assert heading.inner_text() == "All 5 services are up"
    assert opened.locator(".row").first.evaluate("row => getComputedStyle(row).filter") == "none"
    before = opened.locator("#services").bounding_box()
    opened.clock.install()
    opened.reload()
    opened.clock.fast_forward("40:00")
    assert notice.inner_text().startswith("This page is 40 minutes old")
    assert re.fullmatch(PAST, heading.inner_text())
    assert opened.locator("#services").bounding_box() == before


def test_links_lead_somewhere(sites):
    """Files of other builders are left out: their tests know their names."""
    folder = sites(5, "trouble", 0)
    for page in folder.rglob("*.html"):
        for link in re.findall(r'<a [^>]*href="([^"#]+)', page.read_text()):
            path = page.parent / link
            if path.suffix == ".html":
                assert path.resolve().exists(), f"{page.name}: {link}"
