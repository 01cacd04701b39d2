import Basics
import Markup
import ServiceHistory
import StatusPages
import Testing
import TimeZones

@Suite struct ServiceSectionTests {
    /// 12 October 2026, 12:00 UTC.
    private let now = Timestamp(microseconds: 1_791_806_400_000_000)

    private func history(_ name: String, group: String?, days: Int, fails: (Int) -> Bool = { _ in false })
        -> ServiceHistory
    {
        let hours = days * 24
        return ServiceHistory(
            name: name, group: group, kind: .check, objective: 99.9,
            points: (0..<hours).map { hour in
                HistoryPoint(
                    start: now - .seconds((hours - hour) * 3_600), length: .seconds(3_600), attempts: 60,
                    successes: fails(hour) ? 0 : 60, seconds: 0.1 + Double(hour % 24) / 1_000)
            })
    }

    private func drawn(_ entries: [ServiceEntry], days: Int = 90) -> String {
        var html = HTML()
        ServiceSection(entries: entries, now: now, days: days).write(into: &html)
        return String(decoding: html.bytes, as: UTF8.self)
    }

    @Test func groupsTellHowManyAreUp() {
        let states: [(String?, ServiceState)] = [("shop", .up), (nil, .up), ("shop", .down), ("shop", .maintenance)]
        let text = drawn(
            states.enumerated().map { place, pair in
                ServiceEntry(history: history("s\(place)", group: pair.0, days: 1), state: pair.1)
            })
        #expect(text.containsBytes("<h3>shop</h3><span class=\"sum down\">1/3 up</span>"))
        #expect(text.containsBytes("<h3>Without a group</h3><span class=\"sum up\">1/1 up</span>"))
    }

    @Test func onlyGroupsHaveHeadings() {
        let text = drawn([ServiceEntry(history: history("a", group: nil, days: 1), state: .up)])
        #expect(!text.containsBytes("<h3>"))
    }

    /// Of days that nobody read, and of those before the first result, nothing is known.
    @Test(arguments: [
        (90, 90, ["24 h", "7 d", "30 d", "90 d"], "in 90 days"), (14, 90, ["24 h", "7 d", "14 d"], "in 14 days"),
        (2, 90, ["24 h", "2 d"], "in 2 days"), (1, 90, ["24 h"], "in 24 hours"),
        (90, 20, ["24 h", "7 d", "30 d"], "since the first result, 22 Sep 12:00"),
        (90, 1, ["24 h"], "since the first result, 11 Oct 12:00"),
    ])
    func onlyTimesThatAreKnownAreShown(read: Int, results: Int, columns: [String], outages: String) {
        let entry = ServiceEntry(history: history("a", group: nil, days: results), state: .up)
        let text = drawn([entry], days: read)
        let labels = text.split(separator: "<small>").dropFirst().map { String($0.prefix { $0 != "<" }) }
        #expect(labels.filter { $0.hasSuffix("h ") || $0.hasSuffix("d ") } == columns.map { $0 + " " })
        #expect(text.containsBytes("<span>Last \(read) day"))
        #expect(text.containsBytes("No outages \(outages)."))
        #expect(text.containsBytes("last \(min(48, read * 24)) hours below"))
        #expect(text.containsBytes("class=\"b days\" viewBox=\"0 0 \(read) 20\""))
    }

    @Test func availabilityWithoutAnObjectiveIsColoured() {
        func tone(_ successes: Int) -> String {
            let point = HistoryPoint(
                start: now - .seconds(60), length: .seconds(60), attempts: 100, successes: successes)
            let history = ServiceHistory(name: "a", kind: .check, points: [point])
            return AvailabilityTone.of(history.availability(in: now - .seconds(60)..<now), objective: nil)
        }
        #expect([0, 94, 95, 98, 99, 100].map(tone) == ["bad", "bad", "warn", "warn", "", ""])
    }

    @Test func aServiceWithoutResultsIsNotGreen() {
        let text = drawn([ServiceEntry(history: ServiceHistory(name: "new", kind: .test), state: .unknown)])
        #expect(text.containsBytes("class=\"i unknown\""))
        #expect(text.containsBytes("data-b=\"90n\""))
        #expect(text.containsBytes("<dt>Last result<dd>none yet"))
        #expect(!text.containsBytes("No outages"))
        #expect(!text.containsBytes("class=\"u\""))
    }

    @Test(
        "nobody is told of 90 good days after one",
        arguments: [
            (90, 0, "No outages in 90 days."), (89, 0, "No outages in 90 days."),
            (1, 0, "No outages since the first result, 11 Oct 12:00."), (91, 90, "No results in 90 days."),
        ])
    func noOutagesAreToldForTheTimeThatIsKnown(days: Int, silent: Int, expected: String) {
        var history = history("api", group: nil, days: days)
        history.points.removeLast(silent * 24)
        let text = drawn([ServiceEntry(history: history, state: .up)])
        #expect(text.containsBytes("<p class=\"note\">\(expected)</p>"))
    }

    @Test func availabilityBelowTheObjectiveIsMarked() {
        let failing = history("api", group: nil, days: 90) { $0 == 90 * 24 - 72 }
        let text = drawn([ServiceEntry(history: failing, state: .up)])
        #expect(text.containsBytes("<span><small>24 h </small>100 %</span>"))
        #expect(text.containsBytes("<span class=\"bad\"><small>7 d </small>99.40 %</span>"))
    }

    @Test func namesAndTargetsDoNotBecomeMarkup() {
        var entry = ServiceEntry(history: history("<b>", group: "<i>", days: 1), state: .up)
        entry.target = "<img src=x>"
        let text = drawn([entry])
        for tag in ["<b>", "<i>", "<img"] { #expect(!text.containsBytes(tag)) }
    }

    /// The console finds rows again by their ids.
    @Test func rowsHaveIdsOfTheirNames() {
        func ids(_ names: [(group: String?, name: String)]) -> [String] {
            let text = drawn(
                names.map { ServiceEntry(history: history($0.name, group: $0.group, days: 0), state: .unknown) })
            return text.split(separator: "<li id=\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
        }
        #expect(ids([("shop", "cart"), ("shop", "<a> ü")]) == ["row/shop/cart", "row/shop/%3Ca%3E%20%C3%BC"])
        // All of these are `a/b/c` for people.
        let alike = ids([("a/b", "c"), ("a", "b/c"), (nil, "a/b/c")])
        #expect(alike == ["row/a%2Fb/c", "row/a/b%2Fc", "row/a%2Fb%2Fc"])
        #expect(ids([(nil, "a"), (nil, "a"), (nil, "a:2")]) == ["row/a", "row/a:2", "row/a%3A2"])
        let section = drawn([ServiceEntry(history: history("a", group: "my shop", days: 0), state: .unknown)])
        #expect(section.containsBytes("<section id=\"group/my%20shop\""))
    }

    /// The limit of the whole page is 300 KB; its curves take a quarter.
    @Test func aHundredServicesOfNinetyDaysAreLight() {
        let entries = (0..<100).map { place in
            ServiceEntry(
                history: history("service-\(place)", group: "group-\(place / 20)", days: 90) { hour in
                    // An outage of three hours every twenty days, and one that all share.
                    (hour + place * 7) % 480 < 3 || hour == 2_140
                }, state: .up, lastResult: now, lastSeconds: 0.12, page: "services/\(place).html")
        }
        #expect(drawn(entries).utf8.count < 225_000)
        var html = HTML()
        ResponseChart(entries: entries, range: (now - .seconds(172_800))..<now).write(into: &html)
        #expect(html.bytes.count < 75_000)
    }
}

@Suite struct ResponseChartTests {
    private let now = Timestamp(microseconds: 1_791_806_400_000_000)

    private func drawn(_ seconds: [Double?], failing: Set<Int> = []) -> String {
        let start = now - .seconds(seconds.count * 60)
        let points = seconds.enumerated().map { minute, value in
            HistoryPoint(
                start: start + .seconds(minute * 60), length: .seconds(60), attempts: 1,
                successes: failing.contains(minute) ? 0 : 1, seconds: value)
        }
        let entry = ServiceEntry(history: ServiceHistory(name: "api", kind: .check, points: points), state: .up)
        var html = HTML()
        ResponseChart(entries: [entry], range: start..<now, steps: seconds.count).write(into: &html)
        return String(decoding: html.bytes, as: UTF8.self)
    }

    @Test func thePathIsTheData() {
        let text = drawn([0.1, 0.2, nil, 0.05, nil, 0.4, 0.3])
        #expect(text.containsBytes("class=\"line\" d=\"M0-100l1-100M3-50h.4M5-400l1 100\"/>"))
        #expect(text.containsBytes("viewBox=\"-.5 -440 7 440\""))
        #expect(text.containsBytes("aria-label=\"api: mean 210 ms, max 400 ms\""))
    }

    @Test("what is called the maximum is the longest duration, and not the highest mean", arguments: [true, false])
    func maximum(isKnown: Bool) {
        let points = [0.1, 0.3].enumerated().map { minute, seconds in
            HistoryPoint(
                start: now - .seconds(120 - minute * 60), length: .seconds(60), attempts: 2, successes: 2,
                seconds: seconds, maximumSeconds: isKnown || minute == 1 ? seconds * 3 : nil)
        }
        let entry = ServiceEntry(history: ServiceHistory(name: "api", kind: .check, points: points), state: .up)
        var html = HTML()
        ResponseChart(entries: [entry], range: now - .seconds(120)..<now, steps: 2).write(into: &html)
        let text = String(decoding: html.bytes, as: UTF8.self)
        let expected = isKnown ? "max 900 ms" : "highest mean 300 ms"
        #expect(text.containsBytes("aria-label=\"api: mean 200 ms, \(expected)\""))
        #expect(text.containsBytes("200 ms<small> \(expected)</small>"))
        // The curve's scale is that of the means.
        #expect(text.containsBytes("viewBox=\"-.5 -330 2 330\""))
    }

    @Test func bandsMarkTheStepsThatFailed() {
        let text = drawn([0.1, 0.1, 0.1], failing: [0, 2])
        #expect(text.containsBytes("class=\"trouble\" d=\"M-.5 0h1V-110h-1zM1.5 0h1V-110h-1z\""))
    }

    @Test func whatWasNotTimedIsSaid() {
        #expect(drawn([nil, nil]) == "<p class=\"note\">Nothing was timed in this time.</p>")
    }
}

@Suite struct PageHeadTests {
    @Test func stylesAndScriptsAreAllowedByTheirDigests() {
        var html = HTML()
        PageHead(title: "<A>").write(into: &html)
        let text = String(decoding: html.bytes, as: UTF8.self)
        let script = PageScript.parts.map { part in part.withUTF8Buffer { Array($0) } }.joined(separator: [10])
        for bytes in [BaseStyle.text, PageStyle.text].map({ $0.withUTF8Buffer { Array($0) } }) + [Array(script)] {
            #expect(text.containsBytes("'sha256-\(Base64.encode(Digest.sha256(bytes)))'"))
            #expect(text.containsBytes(">\(String(decoding: bytes, as: UTF8.self))</"))
        }
        #expect(text.containsBytes("connect-src 'none'"))
        #expect(text.containsBytes("<title>&lt;A&gt;</title>"))
    }

    @Test func aScriptOfTheBodyIsAllowedAndNotWrittenIntoTheHead() {
        var head = PageHead(title: "A")
        head.bodyScripts = [AgeScript.text]
        let bytes = AgeScript.text.withUTF8Buffer { Array($0) }
        #expect(head.policy.containsBytes("'sha256-\(Base64.encode(Digest.sha256(bytes)))'"))
        var html = HTML()
        head.write(into: &html)
        #expect(!String(decoding: html.bytes, as: UTF8.self).containsBytes("tellAge"))
    }

    /// With indentation and comments: compressed it is a third of that.
    @Test func theScriptAndTheStylesAreSmall() {
        #expect(PageScript.parts.reduce(AgeScript.text.utf8CodeUnitCount) { $0 + $1.utf8CodeUnitCount } < 14_000)
        #expect(PageStyle.text.utf8CodeUnitCount + BaseStyle.text.utf8CodeUnitCount < 20_000)
    }
}
