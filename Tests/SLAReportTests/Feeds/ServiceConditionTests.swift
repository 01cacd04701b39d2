import Basics
import JSON
import ServiceHistory
import StatusPages
import Testing

@testable import SLAReport

@Suite struct ServiceConditionTests {
    private func condition(
        _ service: SLAReportInput.Service, _ incidents: [Incident] = [], at minute: Int = 0
    ) -> ServiceCondition {
        ServiceCondition(service.history, incidents: incidents, at: minutes(minute))
    }

    @Test(
        "the newest results tell, and the share of the last hour",
        arguments: [
            ("+", ServiceCondition.Level.operational), ("-", .majorOutage), ("~", .partialOutage),
            ("--~", .partialOutage),
            // 3 of the last 60 are bad, then 4.
            ("---+", .operational), ("----+", .degraded), ("-" + String(repeating: "+", count: 59), .operational),
        ])
    func level(last: String, level: ServiceCondition.Level) {
        #expect(condition(.sample(last: last)).level == level)
    }

    @Test("results that stopped are not health, but one that is late is no fault")
    func stale() {
        let late = condition(.sample(until: -15))
        #expect(late.evidence == .current)
        #expect(late.level == .operational)
        let stopped = condition(.sample(until: -16))
        #expect(stopped.evidence == .stale(since: minutes(-16)))
        #expect(stopped.level == .degraded)
        let never = condition(.sample(count: 0))
        #expect(never.evidence == .none)
        #expect(never.level == .degraded)
        #expect([late, stopped, never].map(\.isUnknown) == [false, true, true])
        // What failed before they stopped says nothing of now.
        #expect(condition(.sample(last: "-", until: -16)).level == .degraded)
        #expect(condition(.sample(last: "-", until: -16)).isUnknown)
    }

    @Test("what people say tells how a service without results is", arguments: Incident.Impact.allCases)
    func toldWithoutResults(impact: Incident.Impact) {
        var incident = Incident.failure()
        incident.impact = impact
        for service in [SLAReportInput.Service.sample(count: 0), .sample(until: -16)] {
            let told = condition(service, [incident])
            #expect(told.isUnknown == (impact == .none))
            #expect(told.level == max(.degraded, ServiceCondition.Level(impact)))
        }
    }

    @Test("JSON, badge and page tell the same of a service, and none is green without a current result")
    func agreement() throws {
        let window = minutes(-5)..<minutes(5)
        var critical = Incident.failure(services: ["told"])
        critical.impact = .critical
        let rows: [(SLAReportInput.Service, status: String, badge: String, page: ServiceState)] = [
            (.sample("good"), "operational", "up", .up),
            (.sample("slow", last: "----+"), "degraded_performance", "degraded", .degraded),
            (.sample("part", last: "~"), "partial_outage", "degraded", .degraded),
            (.sample("dead", last: "-"), "major_outage", "down", .down),
            (.sample("late", until: -15), "operational", "up", .up),
            (.sample("stopped", until: -16), "degraded_performance", "?", .unknown),
            (.sample("failed", last: "-", until: -16), "degraded_performance", "?", .unknown),
            (.sample("never", count: 0), "degraded_performance", "?", .unknown),
            (.sample("told", count: 0), "major_outage", "down", .down),
            (.sample("work", count: 0, maintenance: [window]), "under_maintenance", "maintenance", .maintenance),
        ]
        let input = SLAReportInput.sample(rows.map(\.0), incidents: [critical])
        let components = try JSONValue(parsing: try #require(input.file("api/v2/components.json")))["components"]
        let statuses = components?.arrayValue?.filter { $0["group"] == false }.map { $0["status"]?.stringValue }
        #expect(statuses == rows.map(\.status))
        let badges = try rows.map { row in
            let file = try #require(input.file("badges/shop_\(row.0.displayName)/health.json"))
            return try JSONValue(parsing: file)["message"]?.stringValue
        }
        #expect(badges == rows.map(\.badge))
        #expect(StatusSite(input).entries.map(\.state) == rows.map(\.page))
    }

    @Test("a service that is checked seldom is not stale")
    func seldom() {
        var service = SLAReportInput.Service.sample(count: 0)
        service.history.points = (1...24).reversed().map { hours in
            HistoryPoint(start: minutes(-60 * hours), length: .seconds(60), attempts: 1, successes: 1)
        }
        #expect(condition(service, at: 120).evidence == .current)
        #expect(condition(service, at: 122).evidence == .stale(since: minutes(-59)))
    }

    @Test(
        "what people say counts when it is worse",
        arguments: [
            (Incident.Impact.none, ServiceCondition.Level.operational), (.minor, .degraded), (.major, .partialOutage),
            (.critical, .majorOutage),
        ])
    func told(impact: Incident.Impact, level: ServiceCondition.Level) {
        var incident = Incident.failure()
        incident.impact = impact
        #expect(condition(.sample(), [incident]).level == level)
        #expect(condition(.sample(), [incident.with(.resolved, at: 0)]).level == .operational)
        #expect(condition(.sample(last: "-"), [incident]).level == .majorOutage)
    }

    @Test(
        "maintenance, of the configuration and of people", arguments: [(9, false), (10, true), (19, true), (20, false)])
    func maintenance(minute: Int, isUnderMaintenance: Bool) {
        let window = minutes(10)..<minutes(20)
        #expect(
            condition(.sample(maintenance: [window]), at: minute).isUnderMaintenance == isUnderMaintenance)
        #expect(condition(.sample(), [.work()], at: minute).isUnderMaintenance == isUnderMaintenance)
    }
}
