import AWS
import Basics
import CloudWatchAlarms
import Events
import JSON
import Testing

@testable import AlarmProvisioner

@Suite struct ProvisionerSummaryTests {
    private static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")
    private static let gap = IncompleteDiscovery(kind: .queue, scope: scope, reason: "AccessDenied")

    private static func step(_ name: String) -> AlarmPlanStep {
        let condition = AlarmCondition.metric(
            MetricCondition(
                data: .metric(MetricStatistic(namespace: "n", metric: "m", statistic: "Sum", period: 60)),
                threshold: .value(.greater, 1)))
        return AlarmPlanStep(
            scope: scope,
            change: .create(
                DesiredAlarm(
                    alarm: Alarm(name: name, condition: condition), scope: scope,
                    reason: AlarmReason(
                        rule: "r", origin: RuleOrigin(.rules, file: "a.yaml", line: 2), resource: "arn:x",
                        threshold: "1"))),
            costAfter: 0.1)
    }

    private static func summary(
        _ plan: AlarmPlan, _ outcome: ApplyOutcome? = nil, action: ProvisionerRequest.Action = .apply
    ) -> ProvisionerSummary {
        ProvisionerSummary(
            ProvisionerRequest(action: action, range: Provisioner.Range(), trigger: "schedule"), owner: "tocsin",
            run: "run-1", at: Timestamp(microseconds: 0), plan: plan, outcome: outcome)
    }

    @Test("how a run ended")
    func states() {
        let (a, b) = (Self.step("a"), Self.step("b"))
        let done = ApplyOutcome.Result(step: a)
        let failed = ApplyOutcome.Result(step: b, failure: "Throttling")
        let rows: [(AlarmPlan, ApplyOutcome?, AlarmChange.State)] = [
            (AlarmPlan(), ApplyOutcome(), .done),
            (AlarmPlan(steps: [a]), ApplyOutcome(results: [done]), .done),
            (AlarmPlan(steps: [a, b]), ApplyOutcome(results: [done, failed]), .partial),
            (AlarmPlan(steps: [b]), ApplyOutcome(results: [failed]), .failed),
            (AlarmPlan(steps: [b], unchanged: 1), ApplyOutcome(results: [failed]), .partial),
            (AlarmPlan(steps: [b]), ApplyOutcome(results: [.init(step: b, postponement: "later")]), .done),
            (AlarmPlan(steps: [a, b]), ApplyOutcome(results: [done], untried: [b]), .partial),
            (AlarmPlan(incomplete: [Self.gap]), ApplyOutcome(), .failed),
            (AlarmPlan(unchanged: 1, incomplete: [Self.gap]), ApplyOutcome(), .partial),
            (AlarmPlan(notices: [RuleNotice(.error, "e")]), ApplyOutcome(), .partial),
            (AlarmPlan(notices: [RuleNotice(.warning, "w")]), ApplyOutcome(), .done),
            (AlarmPlan(steps: [a], refusal: "too much"), nil, .refused),
        ]
        for (index, row) in rows.enumerated() {
            #expect(Self.summary(row.0, row.1).state == row.2, "row \(index)")
        }
    }

    @Test("only what was done is counted and published, with what went wrong")
    func change() throws {
        let (a, b) = (Self.step("a"), Self.step("b"))
        let summary = Self.summary(
            AlarmPlan(steps: [a, b]),
            ApplyOutcome(results: [.init(step: a), .init(step: b, failure: "AccessDenied")], writeCalls: 2))
        let change = try #require(summary.change)
        #expect(change.created == 1)
        #expect(change.changes.map(\.alarm) == ["a"])
        #expect(change.changes.first?.resource == "arn:x")
        #expect(change.monthlyCost == 0.1)
        #expect(change.id == "run-1")
        #expect(change.failures == ["create b in 123456789012/eu-central-1: AccessDenied"])
    }

    @Test("a message has room in SNS, whatever the alarms' texts are", .timeLimit(.minutes(1)))
    func messageSize() throws {
        let long = String(repeating: "ü\n", count: 20_000)
        let steps = (0..<60).map { number in
            AlarmPlanStep(
                scope: Self.scope,
                change: .delete(
                    Alarm(name: "\(number)", condition: .promQL(PromQLCondition(query: ""))), because: long))
        }
        let results = steps.map { ApplyOutcome.Result(step: $0) }
        let failed = steps.map { ApplyOutcome.Result(step: $0, failure: long) }
        let plan = AlarmPlan(steps: steps + steps)
        let change = try #require(Self.summary(plan, ApplyOutcome(results: results + failed)).change)
        #expect(change.changes.count == 50)
        #expect(change.changes.allSatisfy { $0.reason?.unicodeScalars.count == 500 && $0.reason?.last == "…" })
        #expect(change.failures.count == 10)
        #expect(change.json.description.utf8.count < 256 * 1_024)
    }

    @Test("a failure that every run finds again has the same id, and another one another")
    func ids() throws {
        func id(_ reason: String) throws -> String {
            let gap = IncompleteDiscovery(kind: .queue, scope: Self.scope, reason: reason)
            return try #require(Self.summary(AlarmPlan(unchanged: 1, incomplete: [gap]), ApplyOutcome()).change).id
        }
        #expect(try id("AccessDenied") == id("AccessDenied"))
        #expect(try id("AccessDenied") != id("Throttling"))
    }

    @Test("the request's id and the attempt of a failed call make no other failure of it")
    func idsOfCalls() throws {
        func id(_ request: String, _ attempt: Int, _ message: String = "not authorized") throws -> String {
            var error = AWSError("AccessDenied", message)
            (error.service, error.operation, error.status) = ("cloudwatch", "PutMetricAlarm", 403)
            (error.requestID, error.attempt, error.maximumAttempts) = (request, attempt, 3)
            let result = ApplyOutcome.Result(step: Self.step("a"), failure: "\(error): allow it")
            return try #require(Self.summary(AlarmPlan(), ApplyOutcome(results: [result])).change).id
        }
        #expect(try id("0a-1", 1) == id("0b-2", 3))
        #expect(try id("0a-1", 1) != id("0a-1", 1, "another reason"))
    }

    @Test("what is left to the run of everything is a warning, and published to nobody")
    func postponed() {
        let result = ApplyOutcome.Result(step: Self.step("a"), postponement: "a composite names it")
        let summary = Self.summary(AlarmPlan(), ApplyOutcome(results: [result]))
        #expect(summary.warnings == ["create a in 123456789012/eu-central-1: a composite names it"])
        #expect(summary.problems == [])
        #expect(summary.created == 0)
        #expect(summary.change == nil)
        #expect(summary.json["postponed"] == 1)
        #expect(summary.json["done"] == 0)
    }

    @Test("a run that changes nothing, and a plan, are told to nobody")
    func silence() {
        #expect(Self.summary(AlarmPlan(unchanged: 3), ApplyOutcome()).change == nil)
        #expect(Self.summary(AlarmPlan(steps: [Self.step("a")]), action: .plan).change == nil)
        #expect(Self.summary(AlarmPlan(notices: [RuleNotice(.warning, "w")]), ApplyOutcome()).change == nil)
    }

    @Test("a refused plan counts no change, and is told")
    func refusal() throws {
        let change = try #require(Self.summary(AlarmPlan(steps: [Self.step("a")], refusal: "too much")).change)
        #expect(change.created == 0)
        #expect(change.state == .refused)
        #expect(change.failures == ["nothing was changed: too much"])
    }

    @Test("lists of the answer are bounded", arguments: [199, 200, 201])
    func limits(count: Int) {
        let steps = (0..<count).map { Self.step("a\($0)") }
        let notices = (0..<count).map { RuleNotice(.warning, "n\($0)") }
        let json = Self.summary(AlarmPlan(steps: steps, notices: notices), action: .plan).json
        #expect(json["steps"]?.arrayValue?.count == min(count, 200))
        #expect(json["notices"]?.arrayValue?.count == min(count, 200))
        #expect(json["summary"]?["create"]?.intValue == Int64(count))
        #expect(json["state"] == "done")
    }
}
