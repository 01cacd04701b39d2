"""The report's files that other programs read, given to such programs: feedparser, icalendar, a Statuspage client, and
expat. The names in them are hostile, or random from a seed; `feed-samples` of the Swift build writes the files.
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".build/debug/feed-samples"
SEEDS = range(1, 9)


@pytest.fixture(scope="module", params=SEEDS)
def report(request, tmp_path_factory):
    """The folder of a report, and what went into it."""
    if not PROGRAM.exists():
        pytest.skip("feed-samples is not built: swift build --build-tests")
    folder = tmp_path_factory.mktemp(f"report-{request.param}")
    subprocess.run([PROGRAM, folder, str(request.param)], check=True)
    return folder, json.loads((folder / "expected.json").read_text())


def one_line(text):
    """A text as XML can hold it, on one line."""
    return "".join(" " if c in "\t\n\r" else c if ord(c) >= 0x20 and ord(c) not in (0xFFFE, 0xFFFF) else "\ufffd" for c in text)


def calendar_text(text):
    """A text as iCalendar can hold it."""
    text = re.sub("\r\n|[\n\r\x85\u2028\u2029]", "\n", text)
    return "".join("\ufffd" if c not in "\n\t" and (ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F) else c for c in text)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(microsecond=0)


def test_feedparser_reads_all_incidents(report):
    feedparser = pytest.importorskip("feedparser", reason="feedparser is not installed: run ./build.sh test")
    folder, expected = report
    feed = feedparser.parse((folder / "history.atom").read_bytes())
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    assert feed.feed.title == "Example & <Co>: incidents"
    assert len(feed.entries) == len(expected["incidents"])
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    for entry, incident in zip(feed.entries, expected["incidents"]):
        assert entry.published == incident["updates"][0]["time"]
        assert len(re.findall("<strong>", entry.content[0].value)) == len(incident["updates"])
        assert "<script" not in entry.content[0].value
        assert entry.link == f"https://status.example.com/incidents/{incident['id']}.html"


def test_atom_titles_are_what_was_written(report):
    folder, expected = report
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.parse(folder / "history.atom").getroot()
    titles = [entry.find(f"{atom}title").text or "" for entry in feed.iter(f"{atom}entry")]
    assert titles == [one_line(incident["title"]) for incident in expected["incidents"]]


def test_icalendar_reads_all_events(report):
    icalendar = pytest.importorskip("icalendar", reason="icalendar is not installed: run ./build.sh test")
    folder, expected = report
    data = (folder / "calendar.ics").read_bytes()
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert data.endswith(b"END:VCALENDAR\r\n")
    data.decode()
    calendar = icalendar.Calendar.from_ical(data)
    events = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
    assert len(events) == len(expected["incidents"])
    assert all(not event.errors for event in events.values())
    by_summary = sorted(str(event["SUMMARY"]) for event in events.values())
    assert by_summary == sorted(calendar_text(incident["title"]) for incident in expected["incidents"])
    for incident in expected["incidents"]:
        same = [event for event in events.values() if str(event["URL"]).endswith(f"/incidents/{incident['id']}.html")]
        assert len(same) == 1
        start = incident.get("scheduledFor", incident["startedAt"])
        assert same[0].decoded("DTSTART") == moment(start)
        assert calendar_text(incident["updates"][0]["text"]) in str(same[0]["DESCRIPTION"])


def test_badges_are_well_formed_and_named(report):
    folder, expected = report
    svg = "{http://www.w3.org/2000/svg}"
    keys = [service["key"] for service in expected["services"]]
    assert len(set(keys)) == len(keys)
    for service in expected["services"]:
        pictures = sorted(path.name for path in (folder / "badges" / service["key"]).glob("*.svg"))
        assert len(pictures) == 9
        name = f"{service['group']}/{service['name']}" if service["group"] is not None else service["name"]
        for picture in pictures:
            root = ElementTree.parse(folder / "badges" / service["key"] / picture).getroot()
            assert root.get("role") == "img"
            title = root.find(f"{svg}title").text
            assert title == root.get("aria-label")
            assert title.startswith(f"{one_line(name)}: ")
            assert title.endswith(" ".join(text.text for text in root.iter(f"{svg}text")))


def test_shields_files_have_its_members(report):
    folder, expected = report
    files = list((folder / "badges").glob("*/*.json"))
    assert len(files) == 5 * len(expected["services"])
    for file in files:
        content = json.loads(file.read_text())
        assert content["schemaVersion"] == 1
        assert set(content) == {"schemaVersion", "label", "message", "color"}
        assert re.fullmatch("#[0-9a-f]{6}", content["color"])


CLIENT = """
import json, sys
from statuspage_prometheus_exporter import service_checker
print(json.dumps(service_checker.check_status_page_service("sample", service_checker.SERVICES["sample"])))
"""


def test_a_statuspage_client_reads_the_page(report, serve, tmp_path):
    pytest.importorskip(
        "statuspage_prometheus_exporter.cache_manager", reason="the Statuspage client is not installed: run ./build.sh test")
    folder, expected = report
    services = tmp_path / "services.json"
    services.write_text(json.dumps({
        "sample": {"name": "Sample", "type": "status_page", "url": f"{serve(folder)}/api/v2/summary.json"}}))
    # A process of its own: the module reads its settings when it is imported, and keeps a cache beside it.
    client = subprocess.run(
        [sys.executable, "-c", CLIENT], cwd=tmp_path, env={**os.environ, "SERVICES_JSON_PATH": str(services)},
        capture_output=True, text=True, check=True)
    result = json.loads(client.stdout)
    assert result["success"], result
    summary = json.loads((folder / "api/v2/summary.json").read_text())
    open_incidents = [incident for incident in expected["incidents"] if incident["status"] == "investigating"]
    assert sorted(incident["name"] for incident in result["incident_metadata"]) == sorted(
        incident["title"] for incident in open_incidents)
    # The client takes the worst of the open incidents for the page's state.
    order = ["none", "minor", "major", "critical"]
    assert result["raw_status"] == max((incident["impact"] for incident in open_incidents), key=order.index)
    assert len(result["component_metadata"]) == len(summary["components"])
    planned = [incident for incident in expected["incidents"] if incident["status"] in ("scheduled", "in_progress")]
    assert len(result["maintenance_metadata"]) == len(planned)


def test_components_refer_to_their_groups(report):
    folder, expected = report
    summary = json.loads((folder / "api/v2/summary.json").read_text())
    components = {component["id"]: component for component in summary["components"]}
    assert len(components) == len(summary["components"])
    assert len([c for c in components.values() if not c["group"]]) == len(expected["services"])
    for component in components.values():
        if component["group_id"] is not None:
            assert component["id"] in components[component["group_id"]]["components"]
        assert component["status"] in {
            "operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"}


def test_nothing_tells_who_wrote(report):
    folder, _ = report
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "expected.json":
            assert b"secret-author" not in file.read_bytes()
