import Basics
import Testing

@testable import SLAReport

@Suite struct CalendarFileTests {
    @Test("the bytes of a calendar with planned work")
    func bytes() {
        let input = SLAReportInput.sample(incidents: [.work()])
        let lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tocsin//SLA report \(TocsinVersion.current)//EN",
            "CALSCALE:GREGORIAN", "METHOD:PUBLISH", "NAME:Example", "X-WR-CALNAME:Example",
            "REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M", "BEGIN:VEVENT",
            "UID:\(nameUUID("incident", "20261129-bbbbb"))", "SEQUENCE:0", "DTSTAMP:20261129T120000Z",
            "CREATED:20261129T120000Z", "LAST-MODIFIED:20261129T120000Z", "DTSTART:20261129T121000Z",
            "DTEND:20261129T122000Z", "SUMMARY:New database",
            #"DESCRIPTION:Services: shop/api\n\n2026-11-29T12:00:00Z Scheduled\nOrders ar"#, " e read-only.",
            "CATEGORIES:Maintenance", "STATUS:CONFIRMED", "TRANSP:TRANSPARENT",
            "URL:https://status.example.com/incidents/20261129-bbbbb.html", "END:VEVENT", "END:VCALENDAR", "",
        ]
        #expect(input.file("calendar.ics") == lines.joined(separator: "\r\n"))
    }

    @Test("a window that was moved without a word is a newer event, and a newer entry of the feed")
    func moved() throws {
        var work = Incident.work()
        try work.edit(at: minutes(5)) { incident throws(IncidentError) in
            try incident.move(to: minutes(30)..<minutes(40))
        }
        let input = SLAReportInput.sample(incidents: [work])
        let calendar = try #require(input.file("calendar.ics"))
        for line in ["SEQUENCE:3", "DTSTAMP:20261129T120500Z", "LAST-MODIFIED:20261129T120500Z"] {
            #expect(calendar.contains("\(line)\r\n"), "\(calendar)")
        }
        #expect(calendar.contains("DTSTART:20261129T123000Z\r\n"))
        #expect(try #require(input.file("history.atom")).contains("<updated>2026-11-29T12:05:00Z</updated><link"))
        let statuspage = try #require(input.file("api/v2/scheduled-maintenances.json"))
        #expect(statuspage.contains(#""updated_at":"2026-11-29T12:05:00.000Z","monitoring_at""#))
    }

    @Test(
        "events: what failed lasts until now, a moment has no end, and what was called off is cancelled",
        arguments: [
            (Incident.failure(), 30, ["DTSTART:20261129T120000Z", "DTEND:20261129T123000Z", "STATUS:CONFIRMED"]),
            (.failure(), 0, ["DTSTART:20261129T120000Z", "STATUS:CONFIRMED"]),
            (
                .failure().with(.resolved, at: 5), 30,
                ["DTSTART:20261129T120000Z", "DTEND:20261129T120500Z", "STATUS:CONFIRMED"]
            ),
            (
                .work().with(.completed, at: 15), 30,
                ["DTSTART:20261129T121000Z", "DTEND:20261129T121500Z", "STATUS:CONFIRMED"]
            ),
            (
                .work().with(.completed, at: 5), 30,
                ["DTSTART:20261129T121000Z", "DTEND:20261129T122000Z", "STATUS:CANCELLED"]
            ),
        ])
    func events(incident: Incident, minute: Int, lines: [String]) throws {
        var input = SLAReportInput.sample(incidents: [incident])
        input.generatedAt = minutes(minute)
        let text = try #require(input.file("calendar.ics"))
        let found = text.split(separator: "\r\n").filter { line in
            ["DTSTART", "DTEND", "STATUS"].contains { line.hasPrefix($0) }
        }
        #expect(found.map(String.init) == lines)
    }

    @Test(
        "lines are folded at 75 octets, and no character is torn apart",
        arguments: [
            (String(repeating: "a", count: 75), [75]), (String(repeating: "a", count: 76), [75, 2]),
            (String(repeating: "a", count: 149), [75, 75]), (String(repeating: "a", count: 150), [75, 75, 2]),
            // Two octets each: 74 fit, then 37 behind the space.
            (String(repeating: "é", count: 75), [74, 75, 3]),
            // Four octets each.
            (String(repeating: "🎉", count: 19), [72, 5]), ("abc" + String(repeating: "🎉", count: 18), [75]),
            ("", [0]),
        ])
    func folding(line: String, lengths: [Int]) {
        var calendar = CalendarText()
        calendar.line(line)
        let text = String(decoding: calendar.bytes, as: UTF8.self)
        #expect(text.unicodeScalars.suffix(2).map(\.value) == [13, 10])
        var folded = text.replacing("\r\n ", with: "\u{1}").utf8.split(
            separator: 1, omittingEmptySubsequences: false
        ).map(\.count)
        for index in folded.indices.dropFirst() { folded[index] += 1 }
        folded[folded.count - 1] -= 2
        #expect(folded == lengths)
        #expect(text.replacing("\r\n ", with: "").replacing("\r\n", with: "") == line)
    }

    @Test(
        "texts are escaped",
        arguments: [
            ("a;b,c\\d", #"a\;b\,c\\d"#), ("a\nb", #"a\nb"#), ("a\r\nb", #"a\nb"#), ("a\rb", #"a\nb"#),
            ("a\n\nb", #"a\n\nb"#), ("a\r\r\nb", #"a\n\nb"#), ("a\u{2028}b\u{85}c", #"a\nb\nc"#), ("a\tb", "a\tb"),
            ("\u{0}\u{1B}\u{7F}\u{9B}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"), ("a:b\"c", "a:b\"c"), ("🎉é", "🎉é"),
        ])
    func escaping(text: String, escaped: String) { #expect(CalendarText.escaped(text) == escaped) }
}
