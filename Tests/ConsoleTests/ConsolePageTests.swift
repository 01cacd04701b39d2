import Basics
import JSON
import Markup
import ServiceHistory
import StatusPages
import Testing

@testable import Console

/// What the page says, and that text from outside stays text.
@Suite struct ConsolePageTests {
    private let access = ConsoleAccess()

    private func drawn(_ change: (inout ConsoleSnapshot) -> Void = { _ in }) -> DrawnConsole {
        var snapshot = ConsoleSnapshot.sample
        change(&snapshot)
        return DrawnConsole(snapshot, access: access)
    }

    private func page(_ change: (inout ConsoleSnapshot) -> Void = { _ in }) -> String {
        String(decoding: drawn(change).page(result: nil).bytes, as: UTF8.self)
    }

    // MARK: The sentence

    @Test(arguments: [
        ([ServiceState.up], "The service is up"), ([.up, .up], "All 2 services are up"),
        ([], "No service is watched yet"),
        ([.up, .down], "shop/search is down"), ([.down, .down], "shop/search and shop/search are down"),
        ([.down, .down, .down], "All 3 services are down"), ([.up, .down, .down, .down], "3 of 4 services are down"),
        ([.up, .degraded], "1 of 2 services is degraded"), ([.unknown, .unknown], "Waiting for the first results"),
        ([.up, .unknown], "1 of 2 services is without results"),
        ([.maintenance, .maintenance], "All 2 services are under maintenance"),
        ([.up, .maintenance], "1 of 2 services is up, 1 under maintenance"),
    ])
    func theHeadlineTellsTheState(states: [ServiceState], expected: String) {
        let page = page { snapshot in
            let service = snapshot.services[0]
            snapshot.services = states.map { state in
                var copy = service
                copy.state = state
                return copy
            }
        }
        #expect(page.contains("<h1>\(expected)</h1>"))
        #expect(page.contains("<title>\(expected) · Tocsin</title>"))
    }

    @Test func whatNeedsALookIsInTheHead() {
        #expect(!page().contains("class=\"remarks\""))
        let troubled = page { snapshot in
            snapshot.faults = ["a.yaml:1: b", "a.yaml:2: c"]
            snapshot.alarms[0].state = "ALARM"
            snapshot.experiments[0].state = .running
            snapshot.services[0].certificateDays = 14
        }
        for words in ["2 faults in your files", "1 alarm firing", "1 experiment running", "1 certificate ending soon"] {
            #expect(troubled.contains(words))
        }
        #expect(!page { $0.services[0].certificateDays = 15 }.contains("ending soon"))
    }

    // MARK: Hostile text

    private static let hostile = "<script>alert(1)</script>\"' onload=x \u{202E}&amp;"

    @Test func textFromOutsideIsEscapedEverywhere() {
        let text = Self.hostile
        let page = page { snapshot in
            snapshot.folder = text
            snapshot.faults = [text]
            snapshot.services[0].history.name = text
            snapshot.services[0].history.group = text
            snapshot.services[0].target = text
            snapshot.services[0].history.causes[0].text = text
            snapshot.alarms = [
                .init(
                    name: text, state: text, reason: text, since: snapshot.time, rule: text, condition: text,
                    silencedUntil: snapshot.time + .seconds(9),
                    changes: [.init(time: snapshot.time, state: text, reason: text)])
            ]
            snapshot.messages = [.init(time: snapshot.time, title: text, text: text, tone: text, output: text)]
            snapshot.experiments[0] = .init(
                id: text, title: text, state: .ready, outcome: text, problem: text,
                activities: [.init(name: text, kind: text, start: snapshot.time, end: nil, isGood: false)])
            snapshot.functions = [
                .init(
                    name: text, recent: [.init(time: snapshot.time, milliseconds: .nan, error: text)], log: [text])
            ]
            snapshot.notes = [.init(time: snapshot.time, text: text)]
        }
        #expect(!page.contains("<script>alert"))
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        // The entity of the text is shown as it was written.
        #expect(page.contains("&amp;amp;"))
        // What a form sends back stays as it is; nobody sees it.
        let seen = page.replacing(/value="[^"]*"/, with: "")
        let turnsText = seen.unicodeScalars.contains("\u{202E}")
        #expect(!turnsText)
        // In an attribute its quote does not end the attribute.
        #expect(page.contains("&lt;/script&gt;&quot;' onload=x"))
    }

    @Test func aMessageHasNoLinksAndKeepsItsLines() {
        let page = page { $0.messages[0].text = "https://evil.example/\n[a](https://evil.example/)" }
        #expect(page.contains(">https://evil.example/\n[a](https://evil.example/)</p>"))
        #expect(!page.contains("href=\"https:"))
    }

    // MARK: Bounds

    @Test func longListsAreCutAndSayHowMuch() {
        let page = page { snapshot in
            snapshot.messages = (0..<60).map { .init(time: snapshot.time, title: "message \($0).", text: "", tone: "") }
            snapshot.faults = (0..<25).map { "fault \($0)." }
        }
        #expect(page.contains("message 49."))
        #expect(!page.contains("message 50."))
        #expect(page.contains("10 older messages not shown"))
        #expect(page.contains("fault 19."))
        #expect(!page.contains("fault 20."))
        #expect(page.contains("and 5 more"))
    }

    @Test func anEmptySystemTellsWhatToDo() {
        let empty = DrawnConsole(
            ConsoleSnapshot(time: ConsoleSnapshot.now, startedAt: ConsoleSnapshot.now), access: access)
        let page = String(decoding: empty.page(result: nil).bytes, as: UTF8.self)
        for words in ["No service is watched yet", "No rule makes an alarm yet", "No message yet", "No experiment yet"]
        {
            #expect(page.contains(words))
        }
    }

    // MARK: Updates

    @Test func onlyWhatChangedIsSent() throws {
        let old = drawn()
        let have = try #require(old.updates(since: "")["have"]?.stringValue)
        #expect(old.updates(since: have)["parts"]?.objectValue?.count == 0)
        let new = drawn { $0.notes.insert(.init(time: $0.time, text: "new"), at: 0) }
        let parts = try #require(new.updates(since: have)["parts"]?.objectValue)
        // The number of notes is in the head.
        #expect(Set(parts.map(\.key)) == ["notes", "overview"])
        #expect(parts["notes"]?.stringValue?.contains("new") == true)
    }

    @Test func everyPartIsOneElementWithItsID() throws {
        let parts = try #require(drawn().updates(since: "")["parts"]?.objectValue)
        #expect(parts.count == 9)
        for (id, html) in parts {
            let start = html.stringValue?.prefix { $0 != ">" } ?? ""
            #expect(start.contains("id=\"\(id)\""))
        }
    }

    // MARK: Timeline and functions

    @Test func theTimelineHasTheServicesThatMovedAndTheAlarmsThatFired() throws {
        let parts = try #require(drawn().updates(since: "")["parts"]?.objectValue)
        let html = try #require(parts["experiments"]?.stringValue)
        // A probe before and after the method is one lane.
        #expect(html.components(of: "class=\"lane probe\"") == 1)
        #expect(html.components(of: "class=\"bar bad\"") == 2)
        #expect(html.contains("service shop/search: 6 of "))
        #expect(html.components(of: "class=\"result bad\"") == 6)
        #expect(html.contains("alarm shop/search fired"))
        #expect(html.contains("[STATUS] (503) == 200"))
    }

    @Test func percentilesAreOfTheRecentInvocations() throws {
        let parts = try #require(drawn().updates(since: "")["parts"]?.objectValue)
        let html = try #require(parts["functions"]?.stringValue)
        #expect(html.contains("20 ms<small> p50"))
        #expect(html.contains("30 ms<small> p99"))
        #expect(html.contains("12.0 MB<small> memory"))
        #expect(html.contains("no topic"))
    }

    // MARK: Words

    @Test(
        arguments: [
            (0, "0 ms"), (0.4, "< 1 ms"), (1, "1 ms"), (999, "999 ms"), (1_234, "1.23 s"), (12_345, "12.3 s"),
            (.nan, "–"), (-1, "–"), (.infinity, "–"),
        ] as [(Double, String)])
    func milliseconds(value: Double, text: String) { #expect(Words.milliseconds(value) == text) }

    @Test(arguments: [
        (0, "0 KB"), (1_023, "0 KB"), (1_048_575, "1023 KB"), (1_048_576, "1.0 MB"), (123_456_789, "117 MB"),
    ])
    func bytes(value: Int, text: String) { #expect(Words.bytes(value) == text) }

    @Test(arguments: [
        (59, "under a minute"), (60, "1 minute"), (7_199, "119 minutes"), (7_200, "2 h 0 min"), (172_800, "2 days"),
    ])
    func ages(seconds: Int, text: String) { #expect(Words.age(.seconds(seconds)) == text) }

    @Test func aTimeOfAnotherDayHasItsDay() {
        let now = ConsoleSnapshot.now
        #expect(Words.clock(now, now: now) == "14:03:20")
        #expect(Words.clock(now - .seconds(86_400), now: now) == "11-27 14:03")
    }
}

extension String {
    /// How often a text is in it.
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
