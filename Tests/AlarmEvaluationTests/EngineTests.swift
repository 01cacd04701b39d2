import Basics
import CloudWatchAlarms
import Testing

@testable import AlarmEvaluation

struct EngineTests {
    @Test func alarmAndRecovery() throws {
        var run = try Run([.test(needed: 2, of: 3)])
        try run.add("m", "0x3 90x3 0x4")
        #expect(
            run.minutes(1...10) == ["1 cpu ?>OK [o]", "5 cpu OK>ALARM [a]", "8 cpu ALARM>OK [o]"])
    }

    /// One real good datapoint makes a new alarm OK; with `breaching` the other two periods of three count as bad.
    @Test func firstDatapoint() throws {
        var run = try Run([.test("a", of: 3, missing: .missing), .test("b", needed: 2, of: 3, missing: .breaching)])
        try run.add("m", "0")
        #expect(run.minutes(1...1) == ["1 a ?>OK [o]", "1 b ?>ALARM [a]"])
    }

    @Test func dataThatEnd() throws {
        var run = try Run([.test(of: 2)])
        try run.add("m", "0x2")
        // The evaluation range of four holds the last datapoint for three more minutes.
        #expect(run.minutes(1...8) == ["1 cpu ?>OK [o]", "6 cpu OK>? [i]"])
        #expect(run.engine.status(of: "cpu")?.reason.text == "Insufficient Data: 2 datapoints were unknown.")
    }

    @Test func disabledActions() throws {
        var alarm = Alarm.test()
        alarm.actions.areEnabled = false
        var run = try Run([alarm])
        try run.add("m", "90")
        #expect(run.minutes(1...1) == ["1 cpu ?>ALARM []"])
    }

    @Test func math() throws {
        let queries = [
            MetricQuery(id: "m1", source: .metric(.test("errors", "Sum"), account: nil)),
            MetricQuery(id: "m2", source: .metric(.test("requests", "Sum"), account: nil)),
            MetricQuery(id: "e1", source: .expression("m1 / m2 * 100", period: nil), returnsData: true),
        ]
        var run = try Run([.test("rate", .queries(queries), missing: .notBreaching)])
        try run.add("errors", "1 9 9 _ 0")
        try run.add("requests", "10 10 12 _ 10")
        #expect(run.minutes(1...5) == ["1 rate ?>OK [o]", "2 rate OK>ALARM [a]", "3 rate ALARM>OK [o]"])
    }

    @Test func faultInMathIsToldAndKeepsTheState() throws {
        let queries = [MetricQuery(id: "e1", source: .expression("mm", period: 60), returnsData: true)]
        var run = try Run([.test("rate", .queries(queries)), .test()])
        try run.add("m", "90")
        #expect(run.minutes(1...1) == ["1 cpu ?>ALARM [a]"])
        #expect(run.engine.notEvaluated["rate"] == "query e1, column 1: there is no query with the id mm")
    }

    @Test func warmUp() throws {
        var run = try Run([
            .test("plain", missing: .missing, warmUp: AlarmWarmUp(minutes: 5)),
            .test("later", warmUp: AlarmWarmUp(minutes: 5, evaluatesOnlyAfter: true)),
        ])
        try run.add("m", "90 _x8")
        // Data end after a minute; only after the warm-up that means INSUFFICIENT_DATA.
        #expect(run.minutes(1...6) == ["1 plain ?>ALARM [a]", "5 plain ALARM>? [i]"])
        var evaluated = try Run([.test("later", warmUp: AlarmWarmUp(minutes: 5, evaluatesOnlyAfter: true))])
        try evaluated.add("m", "90x9")
        #expect(evaluated.minutes(1...6) == ["5 later ?>ALARM [a]"])
    }

    @Test func setStateLastsUntilTheNextEvaluation() throws {
        var run = try Run([.test()])
        try run.add("m", "0x5")
        _ = run.minutes(1...1)
        run.engine.setState(AlarmStatus(state: .alarm, reason: StateReason(text: "a test"), since: .at(90)), of: "cpu")
        #expect(run.minutes(2...2) == ["2 cpu ALARM>OK [o]"])
    }

    @Test func replacedAlarmsKeepTheirState() throws {
        var run = try Run([.test()])
        try run.add("m", "90x5")
        _ = run.minutes(1...1)
        run.engine.replaceAlarms([.test(), .test("new")], at: .at(60))
        #expect(run.minutes(2...2) == ["2 new ?>ALARM [a]"])
    }

    @Test(arguments: [(60, nil as AlarmState?), (3_600, nil)])
    func notEvaluated(_ period: Int, _ state: AlarmState?) throws {
        let band = Alarm(
            name: "band",
            condition: .metric(
                MetricCondition(
                    data: .queries([
                        MetricQuery(id: "m1", source: .metric(.test(period: period), account: nil), returnsData: true),
                        MetricQuery(id: "b", source: .expression("ANOMALY_DETECTION_BAND(m1, 2)", period: nil)),
                    ]), threshold: .band(.above, queryID: "b"))))
        let log = Alarm(
            name: "log",
            condition: .log(
                LogCondition(
                    query: "q", logGroups: ["g"], queryRoleARN: "r", comparison: .greater, threshold: 1)))
        var run = try Run([band, log, .composite("both", .or([.state(.alarm, alarm: "band")]))])
        try run.add("m", "90x5")
        #expect(run.minutes(1...3) == [])
        #expect(run.engine.notEvaluated["band"]?.hasPrefix("anomaly bands are not evaluated locally") == true)
        #expect(run.engine.notEvaluated["log"]?.hasPrefix("log alarms are not evaluated locally") == true)
        #expect(run.engine.notEvaluated["both"] == "its child \"band\" is not evaluated")
    }
}

struct CompositeEngineTests {
    private static let either = AlarmRuleExpression.or([.state(.alarm, alarm: "a"), .state(.alarm, alarm: "b")])

    private static func alarm(_ name: String) -> Alarm { .test(name, .metric(.test(name))) }

    @Test func followsItsChildrenInTheSameEvaluation() throws {
        var run = try Run([
            .composite("top", .state(.alarm, alarm: "any")), .composite("any", Self.either), Self.alarm("a"),
            Self.alarm("b"),
        ])
        try run.add("a", "0 90 90 0")
        try run.add("b", "0 0 90 90 0")
        #expect(
            run.minutes(1...5) == [
                "1 a ?>OK [o]", "1 b ?>OK [o]", "1 any ?>OK [o]", "1 top ?>OK [o]", "2 a OK>ALARM [a]",
                "2 any OK>ALARM [a]", "2 top OK>ALARM [a]", "3 b OK>ALARM [a]", "4 a ALARM>OK [o]",
                "5 b ALARM>OK [o]", "5 any ALARM>OK [o]", "5 top ALARM>OK [o]",
            ])
        let reason = run.engine.status(of: "any")?.reason.text
        #expect(
            reason
                == "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:b transitioned to OK at "
                + "Saturday 28 November, 2026 17:05:00 UTC")
    }

    @Test func childByARN() throws {
        let arn = AlarmLocation.test.arn(ofAlarm: "a")
        var run = try Run([Self.alarm("a"), .composite("any", .state(.alarm, alarm: arn))])
        try run.add("a", "90")
        #expect(run.minutes(1...1) == ["1 a ?>ALARM [a]", "1 any ?>ALARM [a]"])
    }

    @Test func circlesAndUnknownChildrenAreNotEvaluated() throws {
        var run = try Run([
            .composite("x", .state(.alarm, alarm: "y")), .composite("y", .state(.alarm, alarm: "x")),
            .composite("z", .not(.state(.alarm, alarm: "alfa"))), Self.alarm("alpha"),
        ])
        #expect(run.minutes(1...1) == [])
        #expect(run.engine.notEvaluated["y"] == "its rule leads back to itself: x → y → x")
        #expect(run.engine.notEvaluated["x"] == "its child \"y\" is not evaluated")
        #expect(
            run.engine.notEvaluated["z"] == "its rule names \"alfa\", which is not in this set")
    }

    /// Waits two minutes for the suppressor, and one after it.
    private static func suppressed(_ service: String, _ suppressor: String) throws -> [String] {
        var run = try Run([
            Self.alarm("a"), Self.alarm("s"),
            .composite(
                "top", .state(.alarm, alarm: "a"),
                suppressor: .init(alarm: "s", waitSeconds: 120, extensionSeconds: 60)),
        ])
        try run.add("a", service)
        try run.add("s", suppressor)
        return run.minutes(1...9).filter { $0.contains("top") }
    }

    @Test(arguments: [
        // The suppressor comes in time, and the alarm is over before it.
        (
            "0 90 90 90 0 0 0 0 0", "0 0 90 90 90 90 0 0 0",
            ["1 top ?>OK [o]", "2 top OK>ALARM [] waits", "5 top ALARM>OK [] suppressed"]
        ),
        // No suppressor: the actions come after the wait.
        (
            "0 90 90 90 90 90 0 0 0", "0x9",
            ["1 top ?>OK [o]", "2 top OK>ALARM [] waits", "4 top OK>ALARM [a] late", "7 top ALARM>OK [o]"]
        ),
        // Over within the wait: nobody has been told, so nobody is told of the end.
        ("0 90 0 0 0 0 0 0 0", "0x9", ["1 top ?>OK [o]", "2 top OK>ALARM [] waits", "3 top ALARM>OK []"]),
        // The alarm outlives suppressor and extension.
        (
            "0 90 90 90 90 90 90 90 0", "0 90 90 90 0 0 0 0 0",
            ["1 top ?>OK [o]", "2 top OK>ALARM [] suppressed", "6 top OK>ALARM [a] late", "9 top ALARM>OK [o]"]
        ),
        // It ends in the extension.
        (
            "0 90 90 90 0 0 0 0 0", "0 90 90 0 0 0 0 0 0",
            ["1 top ?>OK [o]", "2 top OK>ALARM [] suppressed", "5 top ALARM>OK []"]
        ),
    ])
    func suppressor(_ service: String, _ suppressor: String, _ expected: [String]) throws {
        #expect(try Self.suppressed(service, suppressor) == expected)
    }
}

struct MuteRuleTests {
    private static let rule = MuteRule(
        name: "work", schedule: "at(2026-11-28T17:03)", duration: .seconds(180), alarms: ["cpu"])

    /// Muted from 17:03 up to 17:06.
    @Test(arguments: [
        // Begins and ends within the window.
        ("0x3 90 0x6", ["1 cpu ?>OK [o]", "4 cpu OK>ALARM [] muted", "5 cpu ALARM>OK [] muted"]),
        // Still in alarm at the end.
        (
            "0x3 90x5 0x2",
            ["1 cpu ?>OK [o]", "4 cpu OK>ALARM [] muted", "6 cpu OK>ALARM [a] late", "9 cpu ALARM>OK [o]"]
        ),
        // Recovers within the window: that is told after it.
        ("0 90x3 0x6", ["1 cpu ?>OK [o]", "2 cpu OK>ALARM [a]", "5 cpu ALARM>OK [] muted", "6 cpu ALARM>OK [o] late"]),
        // Before and after it.
        (
            "0 90 0 0 0 90 0x4",
            [
                "1 cpu ?>OK [o]", "2 cpu OK>ALARM [a]", "3 cpu ALARM>OK [] muted", "6 cpu OK>ALARM [a]",
                "7 cpu ALARM>OK [o]",
            ]
        ),
    ])
    func window(_ values: String, _ expected: [String]) throws {
        var run = try Run([.test()], mutes: [Self.rule])
        try run.add("m", values)
        #expect(run.minutes(1...9) == expected)
    }

    @Test("rules may be replaced: what they held back is due then, and a wrong one changes nothing")
    func replacedRules() throws {
        var engine = try AlarmEngine([.test()], muteRules: [Self.rule], location: .test, createdAt: .at(0))
        func actions(_ value: Double, _ minute: Int) -> [[String]] {
            let data = MetricData { _, _ in Datapoint(value: value) }
            return engine.evaluate(at: .at(minute * 60), data: data).map(\.actions)
        }
        #expect(actions(0, 1) == [["o"]])
        #expect(actions(90, 4) == [[]])
        var wrong = Self.rule
        wrong.schedule = "never"
        #expect(throws: AlarmEvaluationError.self) { try engine.replaceMuteRules([wrong]) }
        #expect(actions(90, 4) == [])
        try engine.replaceMuteRules([])
        #expect(actions(90, 4) == [["a"]])
    }

    @Test func otherAlarmsAreNotMuted() throws {
        var run = try Run([.test("disk")], mutes: [Self.rule])
        try run.add("m", "0x3 90")
        #expect(run.minutes(1...4) == ["1 disk ?>OK [o]", "4 disk OK>ALARM [a]"])
    }
}

struct ContributorTests {
    private static let query = "SELECT MAX(m) FROM Test GROUP BY host"

    private static func fleet(missing: MissingData = .missing) -> Alarm {
        .test(
            "fleet", .queries([MetricQuery(id: "q1", source: .expression(query, period: 60), returnsData: true)]),
            needed: 2, of: 2, missing: missing)
    }

    @Test func eachSeriesIsAContributor() throws {
        var run = try Run([Self.fleet()])
        run.queries[Self.query] = [["host": "a"]: [0, 90, 90, 90, 0], ["host": "b"]: [0, 0, 90, 90, 90, 90, 0]]
        #expect(
            run.minutes(1...7) == [
                "1 fleet{a} ?>OK [o]", "1 fleet{b} ?>OK [o]", "1 fleet ?>OK []", "3 fleet{a} OK>ALARM [a]",
                "3 fleet OK>ALARM []", "4 fleet{b} OK>ALARM [a]", "5 fleet{a} ALARM>OK [o]", "7 fleet{b} ALARM>OK [o]",
                "7 fleet ALARM>OK []",
            ])
        #expect(
            run.changes.first { $0.contributor == nil && $0.current.state == .alarm }?.current.reason.text
                == "1 out of 2 time series evaluated to ALARM")
        #expect(run.engine.contributors(of: "fleet") == [])
    }

    @Test func oneSeriesWithoutLabelsIsAPlainAlarm() throws {
        var run = try Run([Self.fleet()])
        run.queries[Self.query] = [[:]: [90, 90, 0]]
        #expect(run.minutes(1...3) == ["2 fleet ?>ALARM [a]", "3 fleet ALARM>OK [o]"])
    }

    private static func promQL(pending: Int, recovery: Int) -> Alarm {
        let condition = PromQLCondition(query: "up == 0", pendingSeconds: pending, recoverySeconds: recovery)
        return Alarm(name: "down", condition: .promQL(condition), actions: .test)
    }

    /// Pending and recovery time in seconds; the series breaches in the second to fourth minute.
    @Test(arguments: [
        (0, 0, ["2 down{a} OK>ALARM [a]", "2 down OK>ALARM []", "5 down{a} ALARM>OK [o]", "5 down ALARM>OK []"]),
        (60, 60, ["3 down{a} OK>ALARM [a]", "3 down OK>ALARM []", "6 down{a} ALARM>OK [o]", "6 down ALARM>OK []"]),
        (120, 0, ["4 down{a} OK>ALARM [a]", "4 down OK>ALARM []", "5 down{a} ALARM>OK [o]", "5 down ALARM>OK []"]),
        (180, 0, []),
    ])
    func promQL(_ pending: Int, _ recovery: Int, _ expected: [String]) throws {
        var run = try Run([Self.promQL(pending: pending, recovery: recovery)])
        run.queries["up == 0"] = [["job": "a"]: [nil, 1, 1, 1, nil, nil]]
        #expect(run.minutes(1...7) == expected)
    }

    @Test func promQLStartsAsOK() throws {
        let run = try Run([Self.promQL(pending: 0, recovery: 0)])
        #expect(run.engine.status(of: "down")?.state == .ok)
    }

    @Test func queriesNeedAnAnswer() throws {
        var engine = try AlarmEngine([Self.fleet()], location: .test, createdAt: .at(0))
        let changes = engine.evaluate(at: .at(60), data: MetricData(MetricSamples()))
        #expect(changes.isEmpty)
        #expect(engine.notEvaluated["fleet"] == "the query cannot be answered here: \(Self.query)")
    }

    @Test func identity() {
        let one = AlarmContributor(attributes: ["a": "1", "b": "2"])
        #expect(one.id.utf8.count == 16)
        #expect(one.id == AlarmContributor(attributes: ["b": "2", "a": "1"]).id)
        #expect(one.id != AlarmContributor(attributes: ["a": "2", "b": "1"]).id)
    }
}
