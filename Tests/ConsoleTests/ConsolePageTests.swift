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
        #expect(page.contains(">https://evil.example/<br>[a](https://evil.example/)</p>"))
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

    // MARK: Services

    @Test func onlyEndpointsCanBeChecked() {
        let checked = page()
        #expect(checked.contains("name=\"service\" value=\"shop/search\""))
        #expect(checked.contains("Check all now"))
        let tested = page { $0.services[0].history.kind = .test }
        #expect(!tested.contains("name=\"service\""))
        #expect(!tested.contains("Check all now"))
        #expect(!tested.contains("check-service\""))
    }

    // MARK: Alarms

    /// The section of alarms.
    private func alarms(_ change: (inout ConsoleSnapshot) -> Void) -> String {
        let parts = drawn(change).updates(since: "")["parts"]?.objectValue
        return parts?["alarms"]?.stringValue ?? ""
    }

    private static func alarm(_ name: String, _ state: String) -> ConsoleSnapshot.Alarm {
        .init(name: name, state: state, reason: "", condition: "c")
    }

    @Test func whatIsFineFoldsIntoOneLine() throws {
        let html = alarms { snapshot in
            snapshot.alarms = [("a", "ALARM"), ("b", "INSUFFICIENT_DATA"), ("c", "OK"), ("d", "OK")].map {
                Self.alarm($0.0, $0.1)
            }
            snapshot.alarms[3].silencedUntil = snapshot.time + .seconds(60)
        }
        let fold = try #require(html.firstRange(of: "<details class=\"fold\""))
        let (open, folded) = (html[..<fold.lowerBound], html[fold.lowerBound...])
        #expect(open.contains("<h3>a</h3>") && open.contains("<h3>b</h3>"))
        #expect(!open.contains("<h3>c</h3>") && !open.contains("<h3>d</h3>"))
        #expect(folded.contains("<span>2 alarms are fine</span><span class=\"note\">1 silent</span>"))
        #expect(folded.contains("<h3>c</h3>") && folded.contains("<h3>d</h3>"))
        #expect(alarms { $0.alarms = [Self.alarm("c", "OK")] }.contains("1 alarm is fine"))
        #expect(!alarms { $0.alarms = [Self.alarm("a", "ALARM")] }.contains("fold"))
    }

    @Test(arguments: [(200, nil), (203, "and 3 more, 3 of them firing"), (0, "and 5 more, none of them firing")])
    func ofManyAlarmsTheRestIsCounted(firing: Int, expected: String?) {
        let html = alarms { snapshot in
            let fine = firing == 0 ? 205 : 0
            snapshot.alarms =
                (0..<firing).map { Self.alarm("f\($0)", "ALARM") } + (0..<fine).map { Self.alarm("o\($0)", "OK") }
        }
        #expect(html.components(of: "<h3>") == 200)
        #expect(html.contains(expected ?? "alarms") && html.contains(" more, ") == (expected != nil))
    }

    @Test(
        "an alarm without changes is as old as the system only when its state is",
        arguments: [(nil, true), (-601, true), (-600, true), (-599, false)] as [(Int?, Bool)])
    func anAlarmWithoutChanges(since: Int?, isOld: Bool) {
        let html = alarms { snapshot in
            snapshot.alarms[0].changes = []
            snapshot.alarms[0].since = since.map { snapshot.time + .seconds($0) }
        }
        #expect(html.contains("It has been in this state since the system started.") == isOld)
        #expect(html.contains("No earlier state of it is known.") != isOld)
        #expect(!html.contains("<ol"))
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

    /// A snapshot of which so many services fail and alarms fire during the experiment, and so many go on.
    private func timeline(failing: Int, quiet: Int, unmeasured: Int = 0, firing: Int = 0) -> String {
        let parts = drawn { snapshot in
            let (failed, alarm) = (snapshot.services[0], snapshot.alarms[0])
            var good = failed
            for index in good.history.points.indices { good.history.points[index].successes = 1 }
            var unknown = failed
            unknown.history.points = []
            snapshot.services =
                Array(repeating: failed, count: failing) + Array(repeating: good, count: quiet)
                + Array(repeating: unknown, count: unmeasured)
            snapshot.alarms = Array(repeating: alarm, count: firing)
        }.updates(since: "")["parts"]?.objectValue
        return parts?["experiments"]?.stringValue ?? ""
    }

    @Test func theTimelineSaysWhatItLeavesOut() {
        let all = timeline(failing: 6, quiet: 3, firing: 6)
        #expect(all.components(of: "class=\"lane service-lane\"") == 6)
        #expect(all.components(of: "class=\"lane alarm-lane\"") == 6)
        #expect(all.contains("<p class=\"note\">3 other services did not move</p>"))
        let more = timeline(failing: 8, quiet: 0, firing: 7)
        #expect(more.components(of: "class=\"lane service-lane\"") == 6)
        #expect(more.contains("<p class=\"note\">1 more alarm fired · 2 more services moved</p>"))
    }

    @Test func theTimelineSaysThatNothingMovedOrWasMeasured() {
        let calm = timeline(failing: 0, quiet: 5, unmeasured: 1)
        // Two are shown, to see that they did not move either.
        #expect(calm.components(of: "class=\"lane service-lane\"") == 2)
        #expect(calm.contains("<p class=\"note\">No service moved · 1 service has no results of this time</p>"))
        let dark = timeline(failing: 0, quiet: 0, unmeasured: 4)
        #expect(dark.contains("<p class=\"note\">No service has results of this time</p>"))
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
