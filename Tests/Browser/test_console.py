"""The console in a browser, over the made-up system of Tests/ConsoleDemo, which changes when the test says so."""

import json
import re
import signal
import subprocess
import urllib.parse
import urllib.request

import pytest
from conftest import ROOT

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: run ./build.sh test").expect
# A busy machine may draw slowly, and then the console draws seldom.
expect.set_options(timeout=30_000)


class Demo:
    """A process with a console; an event is a word on its input."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def __call__(self, event):
        self.process.stdin.write(event + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n"

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def demo():
    program = ROOT / ".build/debug/console-demo"
    if not program.exists():
        pytest.skip("console-demo is not built: run ./build.sh test")
    demo = Demo(program)
    yield demo
    demo.close()


def alarm(page, name):
    # Also when it is folded away, where it has no role.
    return page.locator("#alarms .alarm", has=page.locator("h3", has_text=name))


def icon(page):
    """The colour of the tab's icon."""
    address = page.locator("link[rel=icon]").get_attribute("href")
    return re.search("fill='(#[0-9a-f]{6})'", urllib.parse.unquote(address))[1]


def open_fine_alarms(page):
    page.locator("#alarms-fine > summary").click()


def experiment(page, name):
    return page.locator("#experiments .experiment", has=page.get_by_role("heading", name=name))


# --- A service fails and recovers ------------------------------------------------------------------------------------


def test_a_failing_service_turns_red_and_green_again_without_a_reload(demo, browser, axe, screenshot):
    page = browser(demo.url)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("All 7 services are up")
    expect(page.locator("#alarms-fine > summary")).to_have_text("4 alarms are fine")
    expect(alarm(page, "shop/search success")).to_be_hidden()
    screenshot(page, "console")
    axe(page)
    page.evaluate("document.body.dataset.first = 'yes'")

    demo("fail")
    expect(heading).to_have_text("shop/search is down")
    expect(page.locator("header .verdict")).to_have_class(re.compile(r"\bbad\b"))
    expect(page).to_have_title("shop/search is down · Tocsin")
    fired = alarm(page, "shop/search success")
    expect(fired).to_have_class(re.compile(r"\bbad\b"))
    expect(fired.locator(".now")).to_have_text("firing")
    expect(fired).to_be_visible()
    expect(page.locator("#inbox .message").first).to_contain_text("Down: shop/search")
    screenshot(page, "console-down")
    axe(page)

    demo("recover")
    expect(heading).to_have_text("All 7 services are up")
    expect(alarm(page, "shop/search success").locator(".now")).to_have_text("fine")
    expect(page.locator("#inbox .message").first).to_contain_text("Recovered: shop/search")
    expect(page.locator("header .verdict")).to_have_class(re.compile(r"\bgood\b"))
    assert page.evaluate("document.body.dataset.first") == "yes"


def test_faults_of_the_files_are_in_front_until_they_are_mended(demo, browser, axe, screenshot):
    page = browser(demo.url)
    demo("faults")
    faults = page.locator("#faults")
    expect(faults).to_contain_text("checks.yaml:12: endpoints[2].urll: unknown key, did you mean 'url'?")
    expect(faults).to_contain_text('"<b>0,7</b>" is not a number')
    assert faults.bounding_box()["y"] < page.locator("#services").bounding_box()["y"]
    screenshot(page, "console-faults")
    axe(page)
    demo("mended")
    expect(faults).to_be_hidden()


def test_what_the_reader_has_opened_and_focused_stays_when_the_page_changes(demo, browser):
    page = browser(demo.url)
    details = page.locator("#functions details", has_text="notifier").first
    details.locator("summary").click()
    summary = details.locator("summary")
    summary.focus()
    chat = page.locator(".chat")
    chat.evaluate("chat => { chat.style.maxHeight = ''; chat.scrollTop = 5 }")
    top = chat.evaluate("chat => chat.scrollTop")
    demo("fail")
    expect(page.get_by_role("heading", level=1)).to_have_text("shop/search is down")
    assert details.evaluate("details => details.open")
    expect(summary).to_be_focused()
    assert chat.evaluate("chat => chat.scrollTop") == top


def test_details_of_a_service_stay_open_when_services_come_and_go(demo, browser):
    page = browser(demo.url)
    orders = page.locator("[id='row/api/orders']")
    orders.locator("summary").focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Check now api/orders")
    button.focus()

    def open_rows():
        return page.locator("#services .row", has=page.locator("details[open]")).evaluate_all(
            "rows => rows.map(row => row.id)")

    for event, rows in [("new services", 9), ("services removed", 7), ("new services", 9)]:
        demo(event)
        expect(page.locator("#services .row")).to_have_count(rows)
        assert open_rows() == ["row/api/orders"]
        expect(orders).to_contain_text("https://api.example/orders")
        expect(button).to_be_focused()
    assert page.locator("#services h3").all_inner_texts() == ["a new group", "shop", "api", "website", "Without a group"]


# --- Buttons ---------------------------------------------------------------------------------------------------------


def test_buttons_tell_what_they_did_and_what_they_could_not_do(demo, browser):
    page = browser(demo.url)
    page.get_by_role("button", name="Check all now").click()
    expect(page.locator("#result")).to_have_text("Checked all services: 6 of 6 are up.")
    page.get_by_role("button", name="Send a test event").click()
    expect(page.locator("#inbox .message").first).to_contain_text("Sent from the console.")
    silenced = alarm(page, "shop/search success")
    open_fine_alarms(page)
    silenced.get_by_role("button", name="Silence 1 h").click()
    expect(silenced).to_contain_text("silent until 15:03:20")
    silenced.get_by_role("button", name="End the silence").click()
    expect(silenced.get_by_role("button", name="Silence 1 h")).to_be_visible()


def test_what_a_button_did_is_told_for_a_while(demo, browser):
    page = browser(demo.url)
    page.clock.install()
    page.get_by_role("button", name="Check all now").click()
    expect(page.locator("#result")).to_have_text("Checked all services: 6 of 6 are up.")
    page.clock.run_for(31_000)
    expect(page.locator("#result")).to_be_hidden()
    # The button of a plan leads to another page.
    experiment(page, "The shop lives without its search").get_by_role("link", name="Show plan, then run").click()
    page.get_by_role("button", name="Run it now").click()
    expect(page.locator("#result")).to_have_text("The experiment has begun.")
    page.clock.run_for(31_000)
    expect(page.locator("#result")).to_be_hidden()


def test_one_service_is_checked(demo, browser):
    page = browser(demo.url)
    page.locator("#services summary", has_text="orders").click()
    page.get_by_role("button", name="Check now api/orders").click()
    expect(page.locator("#result")).to_have_text("Checked api/orders: 200 in 12 ms.")
    page.locator("#services summary", has_text="login").click()
    page.get_by_role("button", name="Check now api/login").click()
    expect(page.locator("#result")).to_have_text(
        "api/login could not be checked: uptime-checker is busy, try again")
    expect(page.locator("#result")).to_have_class(re.compile(r"\bbad\b"))
    # A test runs by itself.
    page.locator("#services summary", has_text="buy-a-book").click()
    expect(page.get_by_text("tests/buy-a-book.sh")).to_be_visible()
    expect(page.get_by_role("button", name="Check now", include_hidden=True)).to_have_count(6)


def test_a_bar_tells_time_state_and_cause_at_once(demo, browser, screenshot):
    page = browser(demo.url)
    demo("fail")
    expect(page.get_by_role("heading", level=1)).to_have_text("shop/search is down")
    bars = page.locator("#services .row", has_text="search").locator(".b.hours")
    box = bars.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    tip = page.locator("#tip")
    expect(tip).to_contain_text("28 Nov, 14:00")
    expect(tip).to_contain_text("[STATUS] (503) == 200")
    screenshot(page, "console-bar", whole=False)


def test_an_experiment_runs_after_its_plan_and_has_a_timeline(demo, browser, axe, screenshot):
    page = browser(demo.url)
    title = "The shop lives without its search"
    experiment(page, title).get_by_role("link", name="Show plan, then run").click()
    expect(page.get_by_label("Plan")).to_contain_text("stop the search server, for 30 s")
    screenshot(page, "console-plan")
    axe(page)

    # What has changed since it was read is not run.
    demo("new plan")
    page.get_by_role("button", name="Run it now").click()
    expect(page.locator("#result")).to_have_text("The plan has changed since you read it: read it again.")
    page.get_by_role("button", name="Run it now").click()
    expect(page.locator("#result")).to_have_text("The experiment has begun.")
    assert "result" not in page.url

    running = experiment(page, title)
    expect(running.locator(".now")).to_have_text("running")
    expect(running.locator(".lane.action")).to_be_visible()
    demo("experiment goes on")
    expect(running.locator(".lane.probe")).to_contain_text("checkout still works")
    screenshot(page, "console-experiment-running")
    demo("experiment ends")
    expect(running.locator(".now")).to_have_text("deviated")
    expect(running.locator(".lane.rollback .bar")).to_have_count(1)
    moved = running.locator(".lane.service-lane")
    expect(moved).to_contain_text(["shop/search"])
    assert moved.locator(".result.bad").count() > 0
    expect(running.locator(".lane.alarm-lane")).to_contain_text("shop/search success")
    screenshot(page, "console-experiment")
    axe(page)


def test_a_running_experiment_can_be_stopped(demo, browser):
    page = browser(demo.url)
    title = "The shop lives without its search"
    experiment(page, title).get_by_role("link", name="Show plan, then run").click()
    page.get_by_role("button", name="Run it now").click()
    # One at a time.
    expect(page.get_by_role("link", name="Show plan, then run")).to_have_count(0)
    experiment(page, title).get_by_role("button", name="Stop and roll back").click()
    expect(experiment(page, title).locator(".now")).to_have_text("interrupted")


def test_an_experiment_with_a_fault_has_no_button(demo, browser):
    page = browser(demo.url)
    faulty = experiment(page, "An old experiment")
    expect(faulty).to_contain_text("Cannot be run: old.yaml:3: method[0].provider.type is missing")
    expect(faulty.get_by_role("link")).to_have_count(0)
    expect(faulty.get_by_role("button")).to_have_count(0)


# --- Without an answer -----------------------------------------------------------------------------------------------


def test_a_page_whose_console_is_gone_says_so_and_loses_its_colours(demo, chromium, axe, screenshot):
    """Not with the fixture `browser`, for which a request that fails is a fault."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(demo.url)
    demo.process.send_signal(signal.SIGKILL)
    lost = page.locator("#lost")
    expect(lost).to_have_text("The console does not answer since 14:03:20 UTC. What you see is from then.")
    expect(page).to_have_title("No answer · Tocsin")
    assert icon(page) == "#6b7785"
    expect(page.locator("html")).to_have_class(re.compile(r"\blost\b"))
    assert "grayscale" in page.locator("main").evaluate("main => getComputedStyle(main).filter")
    screenshot(page, "console-lost")
    context.close()


def test_a_console_that_hangs_and_goes_on_is_told_too(demo, chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(demo.url)
    page.clock.install()
    demo.process.send_signal(signal.SIGSTOP)
    try:
        page.clock.run_for(3_000)
        expect(page.locator("#lost")).to_contain_text("does not answer since", timeout=30_000)
    finally:
        demo.process.send_signal(signal.SIGCONT)
    page.clock.run_for(3_000)
    expect(page.locator("#lost")).to_be_hidden()
    expect(page).to_have_title("All 7 services are up · Tocsin")
    assert icon(page) == "#1a7f4b"
    context.close()


def test_a_tab_that_nobody_sees_has_a_title_and_an_icon_that_are_true(demo, chromium):
    context = chromium.new_context()
    page = context.new_page()
    asked = []
    page.on("request", lambda request: "updates" in request.url and asked.append(request.url))
    page.clock.install()
    # Headless, each tab counts as seen.
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => true })")
    page.goto(demo.url)
    with page.expect_response(re.compile("updates")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    demo("fail")
    # Drawings are kept for a second: when another page has seen the new one, so will this one.
    other = context.new_page()
    other.goto(demo.url)
    expect(other).to_have_title("shop/search is down · Tocsin")
    expect(page).to_have_title("All 7 services are up · Tocsin")
    before = len(asked)
    # The clock goes on beside these jumps.
    page.clock.run_for(15_000)
    assert len(asked) == before
    page.clock.run_for(16_000)
    expect(page).to_have_title("shop/search is down · Tocsin")
    assert icon(page) == "#c2302a"
    demo.process.send_signal(signal.SIGKILL)
    page.clock.run_for(31_000)
    expect(page).to_have_title("No answer · Tocsin")
    assert icon(page) == "#6b7785"
    context.close()


def test_a_tab_that_is_put_to_sleep_says_so_until_it_wakes(demo, browser):
    page = browser(demo.url)
    expect(page).to_have_title("All 7 services are up · Tocsin")
    # Headless no tab is put to sleep, so the browser's word for it comes from here.
    title, address = page.evaluate(
        """() => { document.dispatchEvent(new Event("freeze"))
        return [document.title, document.querySelector("link[rel=icon]").href] }""")
    assert title == "Asleep · Tocsin"
    assert "#6b7785" in urllib.parse.unquote(address)
    page.evaluate("document.dispatchEvent(new Event('resume'))")
    expect(page).to_have_title("All 7 services are up · Tocsin")
    assert icon(page) == "#1a7f4b"
    expect(page.locator("#lost")).to_be_hidden()


# --- How it can be used ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_can_be_read(scheme, demo, browser, axe, screenshot):
    demo("faults")
    demo("fail")
    page = browser(demo.url, color_scheme=scheme, viewport={"width": 1440, "height": 1000})
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", light)[:3])) > 3 * 128) == (scheme == "light")
    axe(page)
    screenshot(page, f"console-{scheme}")


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280, 1440])
def test_nothing_is_wider_than_the_window(width, demo, browser, screenshot):
    demo("fail")
    page = browser(demo.url, viewport={"width": width, "height": 844}, reduced_motion="reduce")
    if width == 390:
        screenshot(page, "console-phone", whole=False)
    # Names are not cut by what stands beside them.
    for name in page.locator("#services summary strong").all() if width >= 390 else []:
        assert name.evaluate("name => name.scrollWidth <= name.clientWidth"), name.text_content()
    for details in page.locator("details").all():
        details.evaluate("details => details.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    screenshot(page, f"console-{width}")


def test_it_is_complete_without_scripts(demo, browser, screenshot):
    page = browser(demo.url, java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("All 7 services are up")
    refresh = page.locator("noscript meta[http-equiv=refresh]")
    assert re.fullmatch(r"10; url=/[0-9a-f]{32}/", refresh.get_attribute("content"))
    demo("fail")
    # A button posts, and leads back to the page with a message.
    open_fine_alarms(page)
    alarm(page, "shop/search success").get_by_role("button", name="Silence 1 h").click()
    expect(page.locator("#result")).to_have_text("“shop/search success” is silent for 1 h.")
    # The next page tells it, too.
    assert re.fullmatch(r"10; url=/[0-9a-f]{32}/\?result=1", refresh.get_attribute("content"))
    expect(page.get_by_role("heading", level=1)).to_have_text("shop/search is down")
    page.locator("#functions details", has_text="notifier").first.locator("summary").click()
    expect(page.get_by_label("Log of notifier")).to_contain_text("ERROR not delivered")
    experiment(page, "The shop lives without its search").get_by_role("link").click()
    page.get_by_role("button", name="Run it now").click()
    expect(experiment(page, "The shop lives without its search").locator(".now")).to_have_text("running")
    screenshot(page, "console-without-scripts")


def test_it_is_used_with_the_keyboard_alone(demo, browser):
    page = browser(demo.url)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the services")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    reached = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        element = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e)
            return [e.nodeName, e.textContent.trim().slice(0, 40), s.outlineStyle !== "none" && s.outlineWidth] }""")
        if element[0] == "BODY":
            break
        assert element[2], f"the focus is not seen on {element}"
        reached.add((element[0], element[1]))
    assert ("BUTTON", "Check all now") in reached
    assert any(element[0] == "svg" for element in reached)
    # All that can be clicked can be reached.
    for button in page.locator("button:visible").all():
        assert ("BUTTON", button.text_content().strip()[:40]) in reached
    summary = page.locator("#functions summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#functions details").first).to_have_attribute("open", "")
    page.get_by_role("button", name="Check all now").focus()
    page.keyboard.press("Space")
    expect(page.locator("#result")).to_have_text("Checked all services: 6 of 6 are up.")


def test_text_from_outside_stays_text(demo, browser):
    page = browser(demo.url)
    title = page.locator("#inbox .m-head", has_text="<img src=x onerror=alert(1)> is only text")
    expect(title).to_be_visible()
    assert page.locator("#inbox a, #inbox img").count() == 0


# --- Who may see it --------------------------------------------------------------------------------------------------


def test_the_address_has_no_token_once_the_page_is_open(demo, browser):
    page = browser(demo.url)
    assert "token" in demo.url
    assert "token" not in page.url
    cookies = page.context.cookies()
    assert [(cookie["httpOnly"], cookie["sameSite"], len(cookie["path"])) for cookie in cookies] == [(True, "Strict", 34)]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_link_of_another_site_leads_in(scripts, demo, chromium, serve, tmp_path):
    (tmp_path / "index.html").write_text(f'<!DOCTYPE html><title>Chat</title><a href="{demo.url}">The console</a>')
    context = chromium.new_context(java_script_enabled=scripts)
    page = context.new_page()
    # To cookies localhost is another site than 127.0.0.1.
    page.goto(serve(tmp_path).replace("127.0.0.1", "localhost"))
    page.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All 7 services are up")
    context.close()


def test_a_page_without_the_token_tells_what_to_do(demo, chromium, axe, screenshot):
    context = chromium.new_context()
    page = context.new_page()
    answer = page.goto(demo.url.split("?")[0])
    assert answer.status == 403
    expect(page.locator("main")).to_contain_text("Open the address that `tocsin up` shows in its terminal.")
    axe(page)
    screenshot(page, "console-no-token")
    context.close()


def test_a_page_of_another_server_of_the_machine_can_do_nothing(demo, chromium, serve, tmp_path):
    """Same host, another port: to cookies that is the same site."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(demo.url)
    home = page.url
    form = page.locator("input[name=form]").first.get_attribute("value")
    (tmp_path / "index.html").write_text(
        f"""<!DOCTYPE html><title>Hostile</title><form method="post" action="{home}test-event">
        <input name="form" value="{form}"><button>Win</button></form>""")
    other = context.new_page()
    # Even with the random path and the form token in its hands.
    other.goto(serve(tmp_path) + "/")
    assert other.evaluate(f"fetch('{home}updates?have=').then(answer => answer.text(), () => 'refused')") == "refused"
    with other.expect_response(lambda answer: answer.request.method == "POST") as posted:
        other.get_by_role("button").click()
    assert posted.value.status == 403
    token = demo.url.split("token=")[1]
    request = urllib.request.Request(
        demo.url.split("?")[0] + "api/snapshot.json", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        snapshot = json.load(answer)
    assert "Test event" not in [message["title"] for message in snapshot["messages"]]
    context.close()


def test_the_html_is_valid(demo, browser, valid_html, tmp_path):
    demo("faults")
    demo("fail")
    page = browser(demo.url, java_script_enabled=False)
    whole = page.context.request.get(page.url).text()
    (tmp_path / "console.html").write_text(whole)
    valid_html(tmp_path / "console.html")
