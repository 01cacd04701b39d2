"""The page of `tocsin notify --preview`: messages as Slack, Teams and Discord show them."""

import json
import subprocess

import pytest
from conftest import ROOT

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: run ./build.sh test").expect

SAMPLES = ROOT / "Tests/NotifierTests/Samples"
RULES = """
outputs:
  slack: {kind: slack-bot, token: t, channel: C1}
  teams: {kind: teams, url: "https://teams.example/x"}
  discord: {kind: discord, url: "https://discord.example/x"}
  phone: {kind: pagerduty, key: k}
routes:
  - match: {title: "*noise*"}
    drop: true
  - match: {source: slack}
    to: slack
    trusted: true
  - match: {at-least: critical}
    to: [slack, teams, discord, phone]
    mention: ["@here", "@U012AB3CD"]
"""


@pytest.fixture
def preview(tocsin, tmp_path):
    """`preview(event)`: the address of the page of an event, and what the program said."""

    def draw(event, rules=RULES):
        (tmp_path / "rules.yaml").write_text(rules)
        result = subprocess.run(
            [tocsin, "notify", "--event", "-", "--config", "rules.yaml", "--preview", "page.html"], cwd=tmp_path,
            input=event, capture_output=True, text=True, check=True)
        return f"file://{tmp_path}/page.html", result.stderr

    return draw


def queue(*messages):
    return json.dumps({"Records": [
        {"messageId": f"m{number}", "eventSource": "aws:sqs", "body": message} for number, message in enumerate(messages)]})


def chat(page, service):
    return page.locator("article", has=page.locator("h3", has_text=service))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_alarm_as_the_three_chats_show_it(preview, browser, axe, screenshot, scheme):
    address, said = preview((SAMPLES / "alarm-sns-metric.json").read_text())
    assert "shows 4 messages. Nothing was sent." in said and "Note" not in said
    page = browser(address, color_scheme=scheme)
    for service in ["Slack", "Teams", "Discord"]:
        expect(chat(page, service).locator(".m-head").first).to_contain_text("ALARM")
        expect(chat(page, service).locator(".m-button, .m-link").first).to_be_visible()
    expect(chat(page, "Slack").locator(".m-at").first).to_have_text("@here")
    expect(chat(page, "Slack").locator(".thread")).to_contain_text("graph")
    expect(chat(page, "PagerDuty").locator("pre").first).to_contain_text("routing_key")
    expect(page.locator("main a")).to_have_count(0)
    axe(page)
    screenshot(page, f"notify-preview-{scheme}")


def test_on_a_phone_without_scripts(preview, browser, screenshot):
    address, _ = preview((SAMPLES / "alarm-sns-metric.json").read_text())
    page = browser(address, viewport={"width": 360, "height": 740}, java_script_enabled=False)
    assert page.locator("body").bounding_box()["width"] <= 360
    for article in page.locator("article").all():
        box = article.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    payload = chat(page, "Discord").locator("details")
    payload.locator("summary").click()
    expect(payload.locator("pre")).to_be_visible()
    screenshot(page, "notify-preview-phone")


def test_what_is_split_cut_and_refused_is_seen(preview, browser, axe, screenshot):
    own = {"text": "own", "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*bold* <https://a.example/|a link> `code`"}}]}
    address, said = preview(queue("word and word " * 6_000, json.dumps(own), "some noise"))
    assert "Slack refuses the message: blocks[0].text.text: 151 characters, Slack takes 150" in said
    assert said.count("characters of the text are left out") == 3
    page = browser(address)
    expect(page.get_by_text("split into 5 messages")).to_have_count(3)
    expect(page.locator(".remarks.warn", has_text="Cut: the last")).to_have_count(3)
    refused = page.locator(".canvas.refused")
    expect(refused).to_have_count(1)
    expect(refused.locator("b", has_text="bold")).to_have_text("bold")
    expect(page.get_by_text("Slack is then sent this:")).to_be_visible()
    expect(page.locator("#dropped")).to_contain_text("some noise")
    axe(page)
    screenshot(page, "notify-preview-refused", whole=False)


def test_no_text_formats_links_or_loads_anything(preview, browser):
    text = '<script>document.title="x"</script><img src="http://127.0.0.1:1/x.png"> *b* <!channel> [x](https://evil.example) @everyone'
    page = browser(preview(json.dumps({"status": "FAILED", "text": text}))[0])
    for service in ["Slack", "Teams", "Discord"]:
        expect(chat(page, service).locator(".said")).to_contain_text("<script>document.title=")
        expect(chat(page, service).locator(".said")).to_contain_text("[x](https://evil.example)")
    assert page.locator("main img, main script, main a").count() == 0
    assert page.title() == "How the chats show it"


def test_every_sample_is_valid_html(tocsin, tmp_path, valid_html):
    (tmp_path / "rules.yaml").write_text(RULES)
    pages = []
    for sample in sorted(SAMPLES.glob("*.json")):
        page = tmp_path / f"{sample.stem}.html"
        subprocess.run(
            [tocsin, "notify", "--event", sample, "--config", tmp_path / "rules.yaml", "--preview", page],
            capture_output=True, check=True)
        pages.append(page)
    assert len(pages) > 60
    valid_html(*pages)
