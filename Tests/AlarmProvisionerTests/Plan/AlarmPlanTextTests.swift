import Basics
import CloudWatchAlarms
import JSON
import TestSupport
import TextTables
import Testing

@testable import AlarmProvisioner

/// What people and programs see of a plan.
@Suite(.timeLimit(.minutes(1))) struct AlarmPlanTextTests {
    private typealias S = PlanSamples

    /// A plan with a step of every kind.
    private static let plan: AlarmPlan = {
        let (a, b, c) = (S.function("a"), S.function("b"), S.function("c"))
        let old = S.errors(b).alarm
        let new = S.errors(b, threshold: 90, tags: ["team": "shop"])
        let tags = TagChanges(from: old.tags, to: new.alarm.tags, copied: [])
        let ireland = AlarmScope(account: "123456789012", region: "eu-west-1")
        var plan = AlarmPlan(
            steps: [
                AlarmPlanStep(scope: S.scope, change: .create(S.errors(a)), costAfter: 0.1),
                AlarmPlanStep(
                    scope: S.scope,
                    change: .update(
                        new, from: old, differences: AlarmDifference.between(old, new.alarm, tags: tags)),
                    costBefore: 0.1, costAfter: 0.1),
                AlarmPlanStep(
                    scope: S.scope, change: .delete(S.errors(c).alarm, because: "its resource is gone"), costBefore: 0.1
                ),
                AlarmPlanStep(
                    scope: S.scope, change: .markMissed(S.errors(c).alarm, at: S.now), costBefore: 0.1, costAfter: 0.1),
                AlarmPlanStep(
                    scope: S.scope, change: .clearMissed(S.errors(c).alarm), costBefore: 0.1, costAfter: 0.1),
                AlarmPlanStep(scope: S.scope, change: .createMuteRule(S.muteRule("nightly"))),
                AlarmPlanStep(scope: ireland, change: .create(S.log("out-of-memory", in: ireland))),
            ],
            unchanged: 40, unchangedCost: 12, resources: 42, readCalls: 3)
        plan.notices = [
            RuleNotice(.error, "alarm x not made"), RuleNotice(.warning, "3 alarms of missing resources kept"),
        ]
        plan.incomplete = [IncompleteDiscovery(kind: .queue, scope: ireland, reason: "AccessDenied")]
        return plan
    }()

    @Test func aPlanReadsAsADifference() {
        #expect(
            Self.plan.lines(width: 100) == [
                "123456789012/eu-central-1",
                "  + tocsin-lambda-errors-a  +$0.10",
                "      Sum of AWS/Lambda Errors ≥ 1, 3 of 3 × 1 m",
                "      rule lambda-errors (rules.yaml:12): 1",
                "  ~ tocsin-lambda-errors-b",
                "      threshold: 1 → 90",
                "      tag team: none → shop",
                "  - tocsin-lambda-errors-c  -$0.10",
                "      because its resource is gone",
                "  ? tocsin-lambda-errors-c",
                "      its resource is gone; kept for now",
                "  ! tocsin-lambda-errors-c",
                "      its resource is back",
                "  + mute rule nightly",
                "      mutes 1 alarm, cron(0 2 * * SUN) for 1 h",
                "",
                "123456789012/eu-west-1",
                "  + out-of-memory  +$?",
                "      count(*) of filter @message like /Error/ > 0, rate(5 minutes)",
                "      rule lambda-errors (rules.yaml:12): 1",
                "",
                "error: alarm x not made",
                "warning: 3 alarms of missing resources kept",
                "",
                "not listed: 123456789012/eu-west-1: sqs: AccessDenied",
                "",
                "Plan: 3 to create, 1 to change, 1 to delete, 1 to mark as missed, 1 to mark as found again, 40",
                "unchanged; $12.40 a month, and what 1 alarm of unknown price will cost; 42 resources, 3 read calls",
            ])
    }

    @Test(arguments: [40, 41, 60, 80, 120, 200]) func linesFitTheWidth(_ width: Int) {
        var plan = Self.plan
        plan.refusal = String(repeating: "much too much ", count: 20)
        plan.steps.append(
            AlarmPlanStep(
                scope: S.scope,
                change: .create(S.errors(S.function(String(repeating: "very-long-", count: 25)))), costAfter: 0.1))
        #expect(plan.lines(width: width).filter { $0.displayWidth > width } == [])
    }

    @Test func coloursOnlyAddStyles() {
        let (plain, coloured) = (Self.plan.lines(width: 80), Self.plan.lines(width: 80, colour: true))
        #expect(coloured != plain)
        #expect(coloured.map(Self.withoutStyles) == plain)
        #expect(coloured[1] == "  \u{1B}[32m+ tocsin-lambda-errors-a\u{1B}[0m  +$0.10")
    }

    private static func withoutStyles(_ line: String) -> String {
        var parts = line.split(separator: "\u{1B}", omittingEmptySubsequences: false).map { String($0) }
        for index in parts.indices.dropFirst() { parts[index] = String(parts[index].drop { $0 != "m" }.dropFirst()) }
        return parts.joined()
    }

    @Test func namesCannotSendCommandsToTheTerminal() {
        let plan = AlarmPlan(
            steps: [AlarmPlanStep(scope: S.scope, change: .create(S.errors(S.function("a\u{1B}[2J"))))],
            notices: [RuleNotice(.error, "x\u{1B}[2J")])
        #expect(plan.lines().contains { $0.contains("\u{1B}") } == false)
    }

    @Test func longPlansCanBeCut() {
        let lines = Self.plan.lines(width: 100, maximumSteps: 1)
        #expect(lines.prefix(5).last == "  … and 6 more changes")
        #expect(lines.last?.hasPrefix("unchanged; $12.40 a month") == true)
    }

    /// Queries of objectives have several lines; names are copied by people.
    @Test func longWordsAreBrokenAndLineEndsAreSpaces() {
        let name = String(repeating: "n", count: 90)
        var wanted = S.errors(S.function("a"))
        wanted.alarm = Alarm(name: name, condition: .promQL(PromQLCondition(query: "up == 0\n or\n  down == 1")))
        let lines = AlarmPlan(steps: [AlarmPlanStep(scope: S.scope, change: .create(wanted))]).lines(width: 60)
        #expect(lines[1] + lines[2].drop { $0 == " " } == "  + \(name)  +$?")
        #expect(lines[3] == "      PromQL up == 0 or down == 1")
    }

    @Test func aRegionThatIsDownIsNotAPageOfReasons() {
        let gaps = ["x: 500", "y: 500", "z: 500"].map {
            IncompleteDiscovery(kind: .metric, scope: S.scope, reason: $0)
        }
        let lines = AlarmPlan(incomplete: gaps).lines(width: 120)
        #expect(lines.first == "not listed: 123456789012/eu-central-1: metric: x: 500; and 2 more failures")
    }

    @Test func anEmptyPlanIsOneLine() {
        let plan = AlarmPlan(unchanged: 1, unchangedCost: 0.1, resources: 1, readCalls: 1)
        #expect(
            plan.lines(width: 120) == [
                "Plan: 0 to create, 0 to change, 0 to delete, 1 unchanged; $0.10 a month; 1 resource, 1 read call"
            ])
    }

    @Test func costsGoFromTo() {
        let plan = AlarmPlan(
            steps: [AlarmPlanStep(scope: S.scope, change: .create(S.errors(S.function("a"))), costAfter: 0.3)],
            unchangedCost: 12.4)
        #expect(plan.summaryText.contains("; $12.40 → $12.70 a month; "))
    }

    @Test(arguments: [
        (0.0, "$0.00"), (0.004, "$0.00"), (0.005, "$0.01"), (0.1, "$0.10"), (12.399_999, "$12.40"),
        (1_234.5, "$1234.50"),
        (-0.3, "-$0.30"), (-0.001, "$0.00"), (.infinity, "$?"),
    ]) func dollars(_ amount: Double, _ text: String) { #expect(amount.dollars == text) }

    @Test(
        arguments: zip(
            [
                S.errors(S.function("a")).alarm, S.composite("c", .state(.alarm, alarm: "a")).alarm,
                Alarm(name: "p", condition: .promQL(PromQLCondition(query: "up == 0"))),
                Alarm(
                    name: "m",
                    condition: .metric(
                        MetricCondition(
                            data: .queries([
                                MetricQuery(
                                    id: "m1",
                                    source: .metric(
                                        MetricStatistic(namespace: "n", metric: "m", statistic: "Sum", period: 300),
                                        account: nil), returnsData: true),
                                MetricQuery(
                                    id: "b", source: .expression("ANOMALY_DETECTION_BAND(m1, 2)", period: nil),
                                    returnsData: true),
                            ]), threshold: .band(.outside, queryID: "b")))),
            ],
            [
                "Sum of AWS/Lambda Errors ≥ 1, 3 of 3 × 1 m", #"ALARM("a")"#, "PromQL up == 0",
                "ANOMALY_DETECTION_BAND(m1, 2) outside its band, 1 of 1 × 5 m",
            ])) func alarmsInOneLine(_ alarm: Alarm, _ text: String)
    { #expect(alarm.summaryText == text) }

    // MARK: JSON

    @Test func plansForPrograms() {
        let json = Self.plan.json()
        #expect(
            json["summary"] == [
                "create": 3, "update": 1, "delete": 1, "markMissed": 1, "clearMissed": 1, "unchanged": 40,
                "resources": 42, "readCalls": 3, "costBefore": 12.4, "costAfter": 12.4, "unknownCosts": 1,
            ])
        #expect(json["refused"] == .null)
        #expect(
            json["steps"]?[1] == [
                "account": "123456789012", "region": "eu-central-1", "action": "update",
                "alarm": "tocsin-lambda-errors-b", "type": "MetricAlarm", "rule": "lambda-errors",
                "origin": "rules.yaml:12", "resource": .string(S.function("b").id), "threshold": "1",
                "costBefore": 0.1, "costAfter": 0.1,
                "differences": [
                    ["setting": "threshold", "from": "1", "to": "90"],
                    ["setting": "tag team", "from": "none", "to": "shop"],
                ],
            ])
        #expect(json["steps"]?[2]?["because"] == "its resource is gone")
        #expect(json["steps"]?[5]?["muteRule"] == "nightly")
        #expect(json["notices"]?[0] == ["level": "error", "text": "alarm x not made"])
        #expect(
            json["incomplete"]?[0] == [
                "kind": "sqs", "account": "123456789012", "region": "eu-west-1", "reason": "AccessDenied",
            ])
        #expect(Self.plan.json(maximumSteps: 2)["steps"]?.arrayValue?.count == 2)
    }

    @Test func outcomesForProgramsAndPeople() {
        let steps = Self.plan.steps
        let outcome = ApplyOutcome(
            results: [
                .init(step: steps[0]), .init(step: steps[1], failure: "Throttling"),
                .init(step: steps[2], postponement: "later"),
            ], untried: [steps[2]],
            writeCalls: 1)
        #expect(
            outcome.json == [
                "complete": false, "done": 1, "failed": 1, "postponed": 1, "untried": 1, "writeCalls": 1,
                "failures": [
                    [
                        "account": "123456789012", "region": "eu-central-1", "action": "update",
                        "alarm": "tocsin-lambda-errors-b", "failure": "Throttling",
                    ]
                ],
            ])
        #expect(
            outcome.lines(width: 120) == [
                "failed: 123456789012/eu-central-1 tocsin-lambda-errors-b: Throttling",
                "left: 123456789012/eu-central-1 tocsin-lambda-errors-c: later",
                "no time: 1 change left, from tocsin-lambda-errors-c on: the next run makes them", "",
                "Done: 1 of 4 changes made, 1 failed, 2 left; 1 write call",
            ])
    }
}
