import Basics
import SLAReport
import ServiceHistory
import TestSupport
import Testing

@Suite struct AutomaticIncidentTests {
    private let rule = AutomaticIncidents(threshold: .seconds(300))

    private func made(_ start: Int, _ end: Int?, besides: [Incident] = [], now: Int = 60) -> [Incident] {
        let outage = Outage(
            start: minutes(start), end: end.map(minutes), failures: 3, cause: "[STATUS] (500) == 200")
        return rule.incidents(of: [("shop/api", [outage])], besides: besides, at: minutes(now))
    }

    @Test(
        "outages as long as the threshold become incidents, shorter ones do not",
        arguments: [
            (0, 4, 60, 0), (0, 5, 60, 1), (0, nil as Int?, 4, 0), (0, nil, 5, 1),
        ])
    func threshold(start: Int, end: Int?, now: Int, count: Int) {
        #expect(made(start, end, now: now).count == count)
    }

    @Test("tells what failed and why, and when it worked again")
    func texts() throws {
        let open = try #require(made(0, nil).first)
        #expect(open.title == "shop/api is down")
        #expect(open.updates.map(\.text) == ["shop/api fails: [STATUS] (500) == 200"])
        #expect(open.status == .investigating)
        let over = try #require(made(0, 90, now: 600).first)
        #expect(over.title == "shop/api was down")
        #expect(over.updates.map(\.text).last == "shop/api works again after 1 h 30 m with 3 failed results.")
        #expect(over.endedAt(minutes(600)) == minutes(90))
        #expect(over.isAutomatic)
        // The same outage is the same incident, before and after its end.
        #expect(over.id == open.id)
        #expect(over.updates.first?.id == open.updates.first?.id)
        #expect(over.id.hasPrefix("20261129-"))
    }

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
        let outages = [
            (service: "a", outages: [Outage(start: minutes(0), end: minutes(9), failures: 1)]),
            (service: "b", outages: [Outage(start: minutes(20), end: minutes(30), failures: 1)]),
        ]
        let incidents = rule.incidents(of: outages, besides: [], at: minutes(60))
        #expect(incidents.map(\.services) == [["b"], ["a"]])
        #expect(Set(incidents.map(\.id)).count == 2)
        #expect(incidents.last?.updates.map(\.text) == ["a fails.", "a works again after 9 m with 1 failed result."])
    }
}
