import Basics
import SLAReport
import ServiceHistory
import TestSupport
import Testing

@Suite struct AutomaticIncidentTests {
    private static let rule = AutomaticIncidents(threshold: .seconds(300))
    private static let cause = "[STATUS] (500) == 200"

    /// The results of checks from one hour before noon on, as metrics of a period have them.
    /// - Parameters:
    ///   - bad: minutes after noon.
    ///   - period: in minutes.
    ///   - every: the minutes between two checks.
    private func history(
        _ name: String = "shop/api", bad: [Range<Int>], until end: Int = 300, period: Int = 1, every: Int = 1,
        from first: Int = -60
    ) -> ServiceHistory {
        let checks = stride(from: first, to: end, by: every)
        let points = stride(from: first, to: end, by: period).compactMap { start -> HistoryPoint? in
            let inside = checks.filter { $0 >= start && $0 < start + period }
            let failures = inside.count { minute in bad.contains { $0.contains(minute) } }
            guard !inside.isEmpty else { return nil }
            return HistoryPoint(
                start: minutes(start), length: .seconds(60 * period), attempts: inside.count,
                successes: inside.count - failures)
        }
        let causes = bad.prefix(1).map { ServiceHistory.Cause(time: minutes($0.lowerBound), text: Self.cause) }
        return ServiceHistory(name: name, kind: .check, points: points, causes: causes)
    }

    private func made(
        _ histories: [ServiceHistory], besides: [Incident] = [], now: Int = 300, from: Int = -1_440
    ) -> [Incident] {
        Self.rule.incidents(of: histories, in: minutes(from)..<minutes(now), besides: besides, at: minutes(now))
    }

    private func made(_ start: Int, _ end: Int?, besides: [Incident] = [], now: Int = 60) -> [Incident] {
        made([history(bad: [start..<(end ?? now)], until: now)], besides: besides, now: now)
    }

    // MARK: The threshold

    @Test(
        "outages of as much bad time as the threshold become incidents, of less they do not, also when results are coarse",
        arguments: [1, 4, 5, 59], [1, 5, 60])
    func threshold(length: Int, period: Int) {
        for start in [0, 1, 30] {
            let history = history(bad: [start..<start + length], period: period)
            #expect(made([history]).count == (length >= 5 ? 1 : 0), "from minute \(start)")
        }
    }

    @Test("an outage that lasts becomes an incident as soon as it is as long", arguments: [(4, 0), (5, 1)])
    func lasting(now: Int, count: Int) {
        #expect(made(0, nil, now: now).count == count)
    }

    @Test(
        "a failed check stands for the time until the next one, whatever the metric's period is",
        arguments: [1, 5, 60])
    func seldom(period: Int) {
        // Checked every 15 minutes, and every hour.
        #expect(made([history(bad: [30..<31], period: period, every: 15)]).count == 1)
        #expect(made([history(bad: [60..<61], period: period, every: 60)]).count == 1)
    }

    @Test("maintenance is not bad time", arguments: [(4, 0), (5, 1)])
    func maintenance(begin: Int, count: Int) throws {
        var history = history(bad: [0..<60])
        history.maintenance = [minutes(begin)..<minutes(60)]
        let incidents = made([history])
        #expect(incidents.count == count)
        if let incident = incidents.first {
            #expect(
                incident.updates.last?.text
                    == "Maintenance of shop/api begins after about 5 m of failures (5 failed results).")
        }
    }

    // MARK: Names

    @Test(
        "an outage keeps its name when its results become coarser",
        arguments: [0..<5, 7..<20, 50..<70, 59..<200])
    func names(bad: Range<Int>) throws {
        let incidents = try [1, 5, 60].map { period in try #require(made([history(bad: [bad], period: period)]).first) }
        #expect(Set(incidents.map(\.id)).count == 1)
        #expect(Set(incidents.map { $0.updates.map(\.id) }).count == 1)
        #expect(incidents[0].createdAt == minutes(bad.lowerBound))
        #expect(incidents[2].createdAt == minutes(bad.lowerBound / 60 * 60))
        // Before and after its end, too.
        let lasting = try #require(made(bad.lowerBound, nil, now: bad.upperBound).first)
        #expect(lasting.id == incidents[0].id)
        #expect(lasting.updates.first?.id == incidents[0].updates.first?.id)
        #expect(lasting.id.hasPrefix("20261129-"))
    }

    @Test(
        "outages that start in the same hour are one incident, with the bad time of both",
        arguments: [
            // The second one starts in the last minute of the hour, and in the first one of the next.
            ([0..<5, 59..<64], 1), ([0..<5, 60..<65], 2), ([0..<2, 30..<32], 0), ([0..<2, 30..<33], 1),
            ([50..<52, 60..<63], 0), ([-1..<4, 10..<15], 2),
        ])
    func sameHour(bad: [Range<Int>], count: Int) {
        let incidents = made([history(bad: bad)])
        #expect(incidents.count == count)
        #expect(Set(incidents.map(\.id)).count == count)
    }

    @Test("the second outage of an hour opens the incident again")
    func again() throws {
        func incident(_ now: Int) throws -> Incident {
            try #require(made([history(bad: [0..<6, 30..<40], until: now)], now: now).first)
        }
        let (first, second, over) = try (incident(20), incident(35), incident(300))
        #expect(Set([first, second, over].map(\.id)).count == 1)
        #expect([first, second, over].map { $0.status(at: minutes(300)) } == [.resolved, .investigating, .resolved])
        #expect([first, second, over].map(\.title) == ["shop/api was down", "shop/api is down", "shop/api was down"])
        #expect(over.updates.map(\.time) == [0, 6, 30, 40].map(minutes))
        #expect(over.updates[2].text == "shop/api fails again.")
        #expect(first.version(minutes(20)) < second.version(minutes(35)))
        #expect(second.version(minutes(35)) < over.version(minutes(300)))
    }

    @Test("an outage whose start is older than the report has one name while it lasts, and none when it is over")
    func cutOff() {
        // The report begins at minute -60, as its results.
        func ids(bad: Range<Int>, now: Int, from: Int = -60) -> [String] {
            made([history(bad: [bad], until: now, from: from)], now: now, from: from).map(\.id)
        }
        #expect(ids(bad: -60..<30, now: 60).isEmpty)
        let lasting = ids(bad: -60..<60, now: 60)
        #expect(lasting.first?.hasPrefix("earlier-") == true)
        #expect(ids(bad: -60..<120, now: 120, from: 0) == lasting)
        // The first result is not within it, or it is and the report goes back further.
        #expect(ids(bad: -59..<30, now: 60).first?.hasPrefix("20261129-") == true)
        let new = made([history(bad: [-60..<30])], from: -121).map(\.id)
        #expect(new.first?.hasPrefix("20261129-") == true)
    }

    // MARK: Words

    @Test("tells what failed and why, and when it worked again")
    func texts() throws {
        let open = try #require(made(0, nil).first)
        #expect(open.title == "shop/api is down")
        #expect(open.updates.map(\.text) == ["shop/api fails: [STATUS] (500) == 200"])
        #expect(open.status == .investigating)
        let over = try #require(made(0, 90, now: 600).first)
        #expect(over.title == "shop/api was down")
        #expect(
            over.updates.map(\.text).last
                == "shop/api works again after about 1 h 30 m of failures (90 failed results).")
        #expect(over.endedAt(minutes(600)) == minutes(90))
        #expect(over.isAutomatic)
    }

    @Test("claims no more than the results can tell", arguments: [(1, "", ""), (5, "5 m", "5 m"), (60, "1 h", "1 h")])
    func precision(period: Int, start: String, end: String) throws {
        let incident = try #require(made([history(bad: [7..<18], period: period)]).first)
        let when = start.isEmpty ? "" : ", from some moment of the next \(start) on"
        let already = end.isEmpty ? "" : ", perhaps for \(end) already,"
        #expect(
            incident.updates.map(\.text) == [
                "shop/api fails\(when): \(Self.cause)",
                "shop/api works again\(already) after about 11 m of failures (11 failed results).",
            ])
    }

    @Test("results that stop are no recovery")
    func stopped() throws {
        var history = history(bad: [0..<10], until: 10)
        #expect(
            try #require(made([history]).first).updates.last?.text
                == "There are no more results of shop/api after about 10 m of failures (10 failed results).")
        history.points.append(HistoryPoint(start: minutes(10), length: .seconds(60), attempts: 1, successes: 1))
        #expect(
            try #require(made([history]).first).updates.last?.text
                == "shop/api works again after about 10 m of failures (10 failed results).")
    }

    // MARK: Incidents of people

    @Test(
        "an incident of people covers the outages of its services and of its time",
        arguments: [
            // The incident is open from minute 0 to minute 10.
            (-20, -10, 1), (-20, 0, 0), (-20, 5, 0), (2, 8, 0), (10, 20, 0), (11, 20, 1),
        ])
    func covered(start: Int, end: Int, count: Int) {
        let told = Incident.failure().with(.resolved, at: 10)
        #expect(made(start, end, besides: [told]).count == count)
        let other = Incident.failure(services: ["mail"]).with(.resolved, at: 10)
        #expect(made(start, end, besides: [other]).count == 1)
        let all = Incident.failure(services: []).with(.resolved, at: 10)
        #expect(made(start, end, besides: [all]).count == count)
    }

    @Test("one that is still open covers all that comes; planned work covers its time, an automatic incident nothing")
    func kinds() throws {
        #expect(made(40, 50, besides: [.failure()]).isEmpty)
        #expect(made(12, 18, besides: [.work()]).isEmpty)
        #expect(made(21, 28, besides: [.work()]).count == 1)
        let automatic = try #require(made(0, 50).first)
        #expect(made(0, 50, besides: [automatic]) == [automatic])
    }

    @Test("the newest first, whatever the service")
    func order() {
        let incidents = made([history("a", bad: [0..<9]), history("b", bad: [20..<30])])
        #expect(incidents.map(\.services) == [["b"], ["a"]])
        #expect(Set(incidents.map(\.id)).count == 2)
    }
}
