import Basics
import Testing

import TimeZones

@Suite struct WeeklyWindowTests {
    /// A window in one line: `Berlin 23:30 4h Sat,Sun`.
    struct Row: CustomTestStringConvertible, Sendable {
        var window: String
        /// Times with `+` where the window is open and `-` where it is not.
        var moments: [String]

        init(_ window: String, _ moments: String...) {
            self.window = window
            self.moments = moments
        }

        var testDescription: String { window }
    }

    static let rows = [
        Row(
            "UTC 23:00 1h", "-2026-11-21T22:59:59.999999Z", "+2026-11-21T23:00:00Z", "+2026-11-21T23:59:59.999999Z",
            "-2026-11-22T00:00:00Z"
        ),
        // Across midnight, with minutes: Gatus looks at the hours alone.
        Row(
            "UTC 23:30 2h", "-2026-11-21T23:29:59Z", "+2026-11-21T23:30:00Z", "+2026-11-22T00:00:00Z",
            "+2026-11-22T01:29:59Z", "-2026-11-22T01:30:00Z"
        ),
        Row("UTC 00:30 30m", "-2026-11-21T00:29:59Z", "+2026-11-21T00:30:00Z", "-2026-11-21T01:00:00Z"),
        Row("UTC 12:00 24h", "+2026-11-21T11:59:59Z", "+2026-11-21T12:00:00Z"),
        // 21 November 2026 is a Saturday: from Saturday into Sunday, across the end of the week.
        Row(
            "UTC 22:00 6h Sat", "-2026-11-20T23:00:00Z", "-2026-11-21T03:00:00Z", "+2026-11-21T22:00:00Z",
            "+2026-11-22T03:59:59Z", "-2026-11-22T04:00:00Z", "-2026-11-22T22:00:00Z"
        ),
        Row(
            "UTC 01:00 24h Sun,Wed", "-2026-11-22T00:59:59Z", "+2026-11-22T01:00:00Z", "+2026-11-23T00:59:59Z",
            "-2026-11-23T01:00:00Z", "+2026-11-25T01:00:00Z", "-2026-11-26T01:00:00Z"
        ),
        // The weekday is the zone's: in Auckland it is Sunday 13 hours before it is in London.
        Row(
            "Pacific/Auckland 00:00 1h Sun", "-2026-11-21T10:59:59Z", "+2026-11-21T11:00:00Z", "-2026-11-21T12:00:00Z",
            "-2026-11-22T11:00:00Z"
        ),
        Row("America/New_York 23:00 2h Fri", "+2026-11-21T04:00:00Z", "+2026-11-21T05:59:59Z", "-2026-11-21T06:00:00Z"),
        // Winter and summer: one hour apart in UTC.
        Row("Europe/Berlin 03:00 1h", "+2026-01-10T02:00:00Z", "-2026-01-10T01:59:59Z", "+2026-07-10T01:00:00Z"),
        // Clocks go from 02:00 to 03:00 on 29 March: a window that begins before lasts as long as it says.
        Row(
            "Europe/Berlin 01:30 1h", "-2026-03-29T00:29:59Z", "+2026-03-29T00:30:00Z", "+2026-03-29T01:29:59Z",
            "-2026-03-29T01:30:00Z"
        ),
        // 04:00 is 02:00 UTC that day, not an hour later: Gatus adds the time to midnight.
        Row("Europe/Berlin 04:00 1h", "-2026-03-29T01:59:59Z", "+2026-03-29T02:00:00Z", "-2026-03-29T03:00:00Z"),
        // 02:30 is skipped: it begins at 01:30 UTC, when clocks show 03:30.
        Row("Europe/Berlin 02:30 1h", "-2026-03-29T01:29:59Z", "+2026-03-29T01:30:00Z", "-2026-03-29T02:30:00Z"),
        // 02:30 comes twice on 25 October: the first time counts.
        Row("Europe/Berlin 02:30 30m", "+2026-10-25T00:30:00Z", "-2026-10-25T01:00:00Z", "-2026-10-25T01:30:00Z"),
        Row("Europe/Berlin 04:00 1h", "-2026-10-25T02:59:59Z", "+2026-10-25T03:00:00Z", "-2026-10-25T04:00:00Z"),
        // 24 hours across a day of 23 end on the day after it, and across one of 25 on the same day.
        Row("Europe/Berlin 23:59 24h Sat", "+2026-03-29T22:58:59Z", "-2026-03-29T22:59:00Z"),
        Row("Europe/Berlin 00:30 24h Sun", "+2026-10-25T22:29:59Z", "-2026-10-25T22:30:00Z"),
        Row("Asia/Kolkata 00:00 30m", "-2026-11-20T18:29:59Z", "+2026-11-20T18:30:00Z", "-2026-11-20T19:00:00Z"),
        Row("UTC 00:00 1h", "+1969-12-31T00:30:00Z", "-1969-12-31T23:30:00Z", "-1970-01-01T01:00:00Z"),
    ]

    @Test(arguments: rows)
    func isOpen(row: Row) throws {
        let window = try Self.window(row.window)
        for moment in row.moments {
            let time = try #require(Timestamp(iso8601: String(moment.dropFirst())))
            #expect(window.contains(time) == moment.hasPrefix("+"), "\(moment)")
        }
    }

    @Test("the windows of a time, also those that only reach into it, across the change of the clocks")
    func openings() throws {
        func openings(_ window: String, _ from: String, _ until: String) throws -> [String] {
            let range = try #require(Timestamp(iso8601: from))..<#require(Timestamp(iso8601: until))
            return try Self.window(window).openings(in: range).map {
                "\($0.lowerBound.iso8601.dropFirst(5).prefix(11)) \(($0.upperBound - $0.lowerBound).text)"
            }
        }
        let daily = try openings("Europe/Berlin 03:30 1h", "2026-10-24T01:45:00Z", "2026-10-26T00:00:00Z")
        #expect(daily == ["10-24T01:30", "10-25T02:30"].map { "\($0) 1 h" })
        #expect(
            try openings("UTC 23:00 24h Sun", "2026-11-30T22:00:00Z", "2026-12-06T00:00:00Z") == ["11-29T23:00 24 h"])
        #expect(try openings("UTC 03:00 1h Sun", "2026-11-30T00:00:00Z", "2026-12-06T03:00:00Z") == [])
        #expect(try openings("UTC 03:00 1h Sun", "2026-11-30T00:00:00Z", "2026-12-06T03:00:01Z") == ["12-06T03:00 1 h"])
    }

    static func window(_ text: String) throws -> WeeklyWindow {
        let parts = text.split(separator: " ").map(String.init)
        let start = parts[1].split(separator: ":").compactMap { Int($0) }
        let amount = try #require(Int(parts[2].dropLast()))
        let days = parts.count > 3 ? parts[3].split(separator: ",").map(String.init) : []
        let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        return WeeklyWindow(
            startMinute: start[0] * 60 + start[1],
            duration: .seconds(parts[2].hasSuffix("h") ? amount * 3_600 : amount * 60),
            zone: try #require(TimeZoneRules(named: parts[0])), weekdays: Set(days.compactMap(names.firstIndex))
        )
    }
}
