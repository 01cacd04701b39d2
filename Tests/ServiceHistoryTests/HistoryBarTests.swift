import Basics
import ServiceHistory
import Testing
import TimeZones

@Suite struct HistoryBarTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(iso8601: text)) }

    @Test("the last bar holds the moment before the end, so that at a full hour it is the one that is over")
    func lastBar() throws {
        let history = ServiceHistory("")
        func last(_ unit: HistoryBar.Unit, _ text: String) throws -> String {
            let range = try #require(history.bars(unit, count: 1, until: time(text), zone: .utc).last).range
            return "\(range.lowerBound)/\(range.upperBound)"
        }
        #expect(try last(.hour, "2026-11-29T14:00:00Z") == "2026-11-29T13:00:00Z/2026-11-29T14:00:00Z")
        #expect(try last(.hour, "2026-11-29T14:00:00.000001Z") == "2026-11-29T14:00:00Z/2026-11-29T15:00:00Z")
        #expect(try last(.hour, "2026-11-29T14:59:59Z") == "2026-11-29T14:00:00Z/2026-11-29T15:00:00Z")
        #expect(try last(.day, "2026-11-29T00:00:00Z") == "2026-11-28T00:00:00Z/2026-11-29T00:00:00Z")
        #expect(try last(.day, "2026-11-29T00:00:01Z") == "2026-11-29T00:00:00Z/2026-11-30T00:00:00Z")
        #expect(history.bars(.day, count: 0, until: origin, zone: .utc).isEmpty)
        #expect(history.bars(.day, count: -1, until: origin, zone: .utc).isEmpty)
    }

    @Test(
        "days are those of the calendar, of 23 and 25 hours where the clock changes",
        arguments: [
            ("Europe/Berlin", "2026-03-30T12:00:00Z", [24, 23, 24], "2026-03-27T23:00:00Z"),
            ("Europe/Berlin", "2026-10-26T12:00:00Z", [24, 25, 24], "2026-10-23T22:00:00Z"),
            ("Australia/Sydney", "2026-10-05T00:00:00Z", [24, 23, 24], "2026-10-02T14:00:00Z"),
            ("Australia/Sydney", "2026-04-06T00:00:00Z", [24, 25, 24], "2026-04-03T13:00:00Z"),
            ("America/Santiago", "2026-09-07T12:00:00Z", [24, 23, 24], "2026-09-05T04:00:00Z"),
            ("America/Santiago", "2026-04-06T12:00:00Z", [25, 24, 24], "2026-04-04T03:00:00Z"),
            // Midnight comes twice there, and once not at all.
            ("Atlantic/Azores", "2026-10-26T12:00:00Z", [24, 25, 24], "2026-10-24T00:00:00Z"),
            ("Atlantic/Azores", "2026-03-30T12:00:00Z", [24, 23, 24], "2026-03-28T01:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-04T12:00:00Z", [24, 24, 23.5], "2026-10-01T13:30:00Z"),
            ("Asia/Kathmandu", "2026-05-05T12:00:00Z", [24, 24, 24], "2026-05-02T18:15:00Z"),
        ] as [(String, String, [Double], String)])
    func days(zone: String, until: String, hours: [Double], start: String) throws {
        let zone = try #require(TimeZoneRules(named: zone))
        let bars = ServiceHistory("").bars(.day, count: 3, until: try time(until), zone: zone)
        #expect(bars.map { ($0.range.upperBound - $0.range.lowerBound) / .seconds(3_600) } == hours)
        #expect(bars.first?.range.lowerBound.iso8601 == start)
    }

    @Test(
        "hours begin when the zone's clock has a full hour",
        arguments: [
            ("UTC", "2026-05-05T12:20:00Z", [60, 60, 60], "2026-05-05T10:00:00Z"),
            ("Asia/Kathmandu", "2026-05-05T12:20:00Z", [60, 60, 60], "2026-05-05T10:15:00Z"),
            // 2:30 on the day that has no such time, and on the one that has it twice.
            ("Europe/Berlin", "2026-03-29T01:30:00Z", [60, 60, 60], "2026-03-28T23:00:00Z"),
            ("Europe/Berlin", "2026-10-25T01:30:00Z", [60, 60, 60], "2026-10-24T23:00:00Z"),
            // The clock goes half an hour ahead at 2:00, so that the hour begins at 2:30; and back from 2:00 to 1:30.
            ("Australia/Lord_Howe", "2026-10-03T16:00:00Z", [60, 60, 30], "2026-10-03T13:30:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T16:00:00Z", [60, 30, 60], "2026-04-04T14:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T15:10:00Z", [60, 60, 30], "2026-04-04T13:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T14:50:00Z", [60, 60, 60], "2026-04-04T12:00:00Z"),
        ] as [(String, String, [Double], String)])
    func hours(zone: String, until: String, minutes: [Double], start: String) throws {
        let zone = try #require(TimeZoneRules(named: zone))
        let bars = ServiceHistory("").bars(.hour, count: 3, until: try time(until), zone: zone)
        #expect(bars.map { ($0.range.upperBound - $0.range.lowerBound) / .seconds(60) } == minutes)
        #expect(bars.first?.range.lowerBound.iso8601 == start)
    }

    @Test("a result at midnight belongs to the day that begins, also where the day has 23 or 25 hours")
    func midnight() throws {
        let berlin = try #require(TimeZoneRules(named: "Europe/Berlin"))
        let midnights = ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]
        let points = try midnights.flatMap { text in
            let midnight = try time(text)
            return [midnight - .seconds(1), midnight].map {
                HistoryPoint(start: $0, length: .zero, attempts: 1, successes: 1)
            }
        }
        let history = ServiceHistory(name: "shop", kind: .check, points: points)
        let bars = history.bars(.day, count: 3, until: try time("2026-10-26T12:00:00Z"), zone: berlin)
        #expect(bars.map(\.attempts) == [1, 2, 1])
    }

    @Test(
        "the state of an hour",
        arguments: [
            ("S", .up), ("SSSS", .up), ("SSSF", .degraded), ("P", .down), ("SSP", .degraded), ("SF", .down),
            ("FFF", .down), ("", .noData), ("0", .noData), ("F" + String(repeating: "S", count: 59), .degraded),
        ] as [(String, HistoryBar.State)])
    func states(text: String, state: HistoryBar.State) throws {
        let bar = try #require(ServiceHistory(text).bars(.hour, count: 1, until: minute(60), zone: .utc).first)
        #expect(bar.state == state)
        #expect((bar.seconds == nil) == true)
    }

    @Test(
        "hours and days with a result each minute are down from half an hour on, of the hours that have results",
        arguments: [
            (.hour, 60, 0, .up), (.hour, 60, 1, .degraded), (.hour, 60, 29, .degraded), (.hour, 60, 30, .down),
            (.hour, 10, 4, .degraded), (.hour, 10, 5, .down), (.day, 1_440, 0, .up), (.day, 1_440, 1, .degraded),
            (.day, 1_440, 29, .degraded), (.day, 1_440, 30, .down), (.day, 1_440, 1_440, .down),
            // A day that has begun, and one of which the rest has no results.
            (.day, 60, 29, .degraded), (.day, 60, 30, .down), (.day, 61, 15, .degraded), (.day, 61, 16, .down),
        ] as [(HistoryBar.Unit, Int, Int, HistoryBar.State)])
    func downFromHalfAnHourOn(unit: HistoryBar.Unit, results: Int, failures: Int, state: HistoryBar.State) throws {
        let text = String(repeating: "F", count: failures) + String(repeating: "S", count: results - failures)
        for end in [Double(results), unit == .day ? 1_440 : 60] {
            let bar = try #require(ServiceHistory(text).bars(unit, count: 1, until: minute(end), zone: .utc).first)
            #expect(bar.state == state)
            #expect(bar.attempts == results)
            #expect(bar.failures == failures)
        }
    }

    @Test(
        "hours of maintenance do not make the rest of a day look better or worse", arguments: [(29, false), (30, true)])
    func downBesideMaintenance(failures: Int, isDown: Bool) throws {
        let failing = String(repeating: "F", count: failures)
        let text = failing + String(repeating: "S", count: 60 - failures) + String(repeating: "F", count: 1_380)
        let history = ServiceHistory(text, maintenance: [minutes(60..<1_440)])
        let bar = try #require(history.bars(.day, count: 1, until: minute(1_440), zone: .utc).first)
        #expect(bar.attempts == 60)
        #expect(bar.state == (isDown ? .down : .degraded))
    }

    @Test(
        "periods of several hours count as what they are, up to the end of the day",
        arguments: [(6, 4, 1, HistoryBar.State.degraded), (6, 4, 2, .down), (30, 1, 1, .degraded), (30, 1, 2, .down)])
    func longPeriods(hours: Int, count: Int, failures: Int, state: HistoryBar.State) throws {
        let points = (0..<count).map { place in
            HistoryPoint(
                start: origin + .seconds(place * hours * 3_600), length: .seconds(hours * 3_600), attempts: 96 / count,
                successes: 96 / count - (place == 0 ? failures : 0))
        }
        let history = ServiceHistory(name: "shop", kind: .check, points: points)
        let bar = try #require(history.bars(.day, count: 1, until: origin + .seconds(86_400), zone: .utc).first)
        #expect(bar.state == state)
    }

    @Test("points from the end on do not count")
    func until() throws {
        let bar = try #require(ServiceHistory("SSFF").bars(.hour, count: 1, until: minute(2), zone: .utc).first)
        #expect(bar.attempts == 2)
        #expect(bar.state == .up)
    }

    @Test("maintenance shows where nothing else was measured")
    func maintenance() throws {
        let failing = String(repeating: "F", count: 60)
        let good = String(repeating: "S", count: 60)
        func states(_ text: String, _ window: Range<Double>) -> [HistoryBar.State] {
            ServiceHistory(text, maintenance: [minutes(window)])
                .bars(.hour, count: 3, until: minute(180), zone: .utc).map(\.state)
        }
        #expect(states(good + failing + good, 60..<120) == [.up, .maintenance, .up])
        #expect(states(good + failing + good, 60..<119) == [.up, .down, .up])
        #expect(states(good, 60..<120) == [.up, .maintenance, .noData])
        #expect(states(good, 59..<60) == [.up, .noData, .noData])
    }

    @Test("a bar has the first cause in it, or that of the outage that reaches into it")
    func causes() {
        let text = String(repeating: "F", count: 150) + String(repeating: "S", count: 30)
        let history = ServiceHistory(
            text, causes: [.init(time: minute(0), text: "first"), .init(time: minute(125), text: "second")])
        let bars = history.bars(.hour, count: 4, until: minute(240), zone: .utc)
        #expect(bars.map(\.cause) == ["first", "first", "second", nil])
    }

    @Test("the mean time is that of the bar")
    func seconds() {
        var history = ServiceHistory("SS", step: 3_600)
        history.points[0].seconds = 2
        history.points[1].seconds = 3
        #expect(history.bars(.hour, count: 3, until: minute(180), zone: .utc).map(\.seconds) == [2, 3, nil])
    }
}
