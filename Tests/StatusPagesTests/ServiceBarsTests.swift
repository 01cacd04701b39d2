import Basics
import Markup
import ServiceHistory
import Testing
import TimeZones

@testable import StatusPages

@Suite struct ServiceBarsTests {
    /// 12 October 2026, 00:00 UTC.
    private static let start = Timestamp(microseconds: 1_791_763_200_000_000)

    private func bars(_ states: [HistoryBar.State], cause: String? = nil) -> [HistoryBar] {
        states.enumerated().map { place, state in
            let start = Self.start + .seconds(place * 86_400)
            let failures = [.down: 5, .degraded: 1][state] ?? 0
            return HistoryBar(
                range: start..<start + .seconds(86_400), state: state, attempts: state == .noData ? 0 : 10,
                failures: failures, cause: failures > 0 ? cause : nil)
        }
    }

    private func drawn(_ bars: [HistoryBar]) -> String { drawn([bars]) }

    /// Bars of several services, with what they share around them.
    private func drawn(_ services: [[HistoryBar]]) -> String {
        var frame = BarsFrame()
        var inside = HTML()
        for bars in services {
            ServiceBars(bars: bars, unit: .day, zone: .utc, name: "api").write(in: &frame, into: &inside)
        }
        var html = HTML()
        frame.write("x", .utc, around: inside, into: &html)
        return String(decoding: html.bytes, as: UTF8.self)
    }

    @Test func barsThatAreUpAreOnePath() {
        #expect(
            drawn(bars([.up, .up, .up])) == """
                <div class="x" data-z="UTC" data-day="2026-10-12" data-hour="" data-c="">\
                <svg class="b days" viewBox="0 0 3 20" preserveAspectRatio="none" role="img" \
                aria-label="api, last 3 days: 3 up" data-b="3u"><path class="u" d="M0 13h3"/></svg></div>
                """)
    }

    @Test func whatIsNotUpHasATitleAndItsCauseOnce() {
        #expect(
            drawn(bars([.up, .down, .down, .noData, .up], cause: "[STATUS] (500) == 200")) == """
                <div class="x" data-z="UTC" data-day="2026-10-12" data-hour="" data-c="[STATUS] (500) == 200">\
                <svg class="b days" viewBox="0 0 5 20" preserveAspectRatio="none" role="img" \
                aria-label="api, last 5 days: 2 down, 2 up, 1 without data" data-b="u,2d5/10.0,n,u">\
                <path class="u" d="M0 13h1m3 0h1"/>\
                <path class="d" d="M1 10h2"><title>13 Oct to 14 Oct: down, 10 of 20 failed: [STATUS] (500) == 200</title>\
                </path><path class="n" d="M3 18h1"><title>15 Oct: without data</title></path></svg></div>
                """)
    }

    @Test("attempts are told where they change, a cause of several services once")
    func sharedData() {
        var busy = bars([.degraded, .down, .up, .down], cause: "b")
        busy[3].attempts = 20
        let text = drawn([bars([.down, .down, .degraded], cause: "a"), busy, bars([.down], cause: "a")])
        #expect(text.containsBytes("data-c=\"a\nb\""))
        for code in ["2d5/10.0,g1.0", "g1/10.1,d5.1,u,d5/20.1", "d5/10.0"] {
            #expect(text.containsBytes("data-b=\"\(code)\""))
        }
    }

    @Test func causesDoNotBecomeMarkupOrLinesOfTheData() {
        let text = drawn(bars([.down], cause: "<script>\n\"x\" & \u{202E}y"))
        #expect(text.containsBytes("data-c=\"&lt;script&gt; &quot;x&quot; &amp; y\""))
        #expect(!text.containsBytes("<script"))
        #expect(!text.containsBytes("\u{202E}"))
    }

    @Test(arguments: [(6, 6), (7, 6), (45, 6)])
    func manyStretchesHaveTitlesOfTheNewestOnly(stretches: Int, titles: Int) {
        let text = drawn(bars((0..<stretches * 2).map { $0 % 2 == 0 ? .up : .down }))
        #expect(text.utf8.split(separator: UInt8(ascii: "<")).count { $0.starts(with: Array("title>".utf8)) } == titles)
        #expect(text.containsBytes("\(stretches * 2 - 1) 10h1\"><title>"))
    }

    @Test func noBarsAreNoImage() { #expect(!drawn([[]]).containsBytes("<svg")) }
}

@Suite struct TimeAxisTests {
    private func texts(_ ticks: [TimeAxis.Tick]) -> [String] {
        ticks.map { "\($0.text) \(Int(($0.place * 1_000).rounded()))" }
    }

    @Test func hoursHaveTheirMidnights() {
        // 12 October 2026, 06:30 UTC: the last bar ends at 07:00, so midnights are 7 and 31 hours before its end.
        let now = Timestamp(microseconds: 1_791_786_600_000_000)
        #expect(texts(TimeAxis.hours(48, until: now, .utc)) == ["11 Oct 354", "12 Oct 854", "now 1000"])
    }

    @Test func daysHaveTheFirstsOfMonths() {
        let now = Timestamp(microseconds: 1_791_786_600_000_000)
        #expect(texts(TimeAxis.months(days: 90, until: now, .utc)) == ["Aug 189", "Sep 533", "Oct 867", "today 1000"])
    }

    @Test func midnightsAreThoseOfTheZoneAlsoWhenClocksChange() throws {
        let zone = try #require(TimeZoneRules(named: "Europe/Berlin"))
        // Clocks go back on 25 October 2026: that day has 25 hours.
        let start = Timestamp(microseconds: 1_792_800_000_000_000)
        let midnights = TimeAxis.midnights(in: start..<start + .seconds(3 * 86_400), zone)
        #expect(midnights.map(\.iso8601) == ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z"])
    }
}
