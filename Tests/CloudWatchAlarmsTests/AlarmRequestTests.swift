import Basics
import CloudWatchAlarms
import JSON
import TestSupport
import Testing

/// Requests as botocore and CloudWatch's model have them, and back.
@Suite(.timeLimit(.minutes(1))) struct AlarmRequestTests {
    @Test(arguments: SampleAlarms.all) func whatIsDescribedIsWhatWasRequested(_ alarm: Alarm) throws {
        let input = alarm.request().input
        // `DescribeAlarms` has the members of the requests, without tags.
        let described = try Alarm(describing: input, type: alarm.type, tags: alarm.tags)
        #expect(described == alarm.normalized)
        #expect(described.hasSettings(of: alarm))
    }

    @Test func aMuteRuleComesBack() throws {
        let rule = SampleAlarms.muteRule
        #expect(try MuteRule(describing: rule.request().input, tags: rule.tags) == rule)
    }

    @Test(arguments: [
        (60, "PT1M"), (3_600, "PT1H"), (86_400, "P1D"), (95_400, "P1DT2H30M"), (1_296_000, "P15D"), (90, "PT1M30S"),
    ]) func durationsAreISO8601(_ seconds: Int, _ text: String) {
        var rule = SampleAlarms.muteRule
        rule.duration = .seconds(seconds)
        #expect(rule.request().input["Rule"]?["Schedule"]?["Duration"]?.stringValue == text)
    }

    @Test(
        arguments: zip(
            SampleAlarms.all,
            [
                "PutMetricAlarm", "PutMetricAlarm", "PutMetricAlarm", "PutMetricAlarm", "PutMetricAlarm",
                "PutMetricAlarm",
                "PutCompositeAlarm", "PutLogAlarm",
            ])) func operations(_ alarm: Alarm, _ operation: String)
    {
        #expect(alarm.request().operation == operation)
    }

    @Test func tagsAreLeftOutOnRequest() {
        #expect(SampleAlarms.metric().request().input["Tags"] != nil)
        #expect(SampleAlarms.metric().request(withTags: false).input["Tags"] == nil)
    }

    /// What `EvaluationCriteria` excludes by the API reference.
    @Test func promQLAlarmsHaveNothingOfMetricAlarms() {
        let keys = SampleAlarms.promQL.request().input.objectValue?.keys ?? []
        let excluded = [
            "Namespace", "MetricName", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic", "Metrics",
            "Threshold", "ComparisonOperator", "ThresholdMetricId", "EvaluationPeriods", "DatapointsToAlarm",
            "TreatMissingData", "EvaluationWindow",
        ]
        #expect(keys.contains("EvaluationInterval"))
        #expect(Set(keys).isDisjoint(with: excluded))
    }

    @Test func bandsHaveNoThreshold() {
        let input = SampleAlarms.band.request().input
        #expect(input["ThresholdMetricId"] == "band")
        #expect(input["Threshold"] == nil)
    }

    @Test(arguments: [("p99.9", "ExtendedStatistic"), ("tm90", "ExtendedStatistic"), ("Maximum", "Statistic")])
    func percentilesAreExtended(_ statistic: String, _ member: String) {
        var metric = SampleAlarms.errors
        metric.statistic = statistic
        let condition = MetricCondition(data: .metric(metric), threshold: .value(.less, 1))
        let input = Alarm(name: "a", condition: .metric(condition)).request().input
        #expect(input[member]?.stringValue == statistic)
        #expect(input[member == "Statistic" ? "ExtendedStatistic" : "Statistic"] == nil)
    }

    /// botocore checks names, types, lengths and required members; and that `DescribeAlarms` gives back what was put.
    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup")) func botocoreAcceptsEveryInput() throws {
        var lines = SampleAlarms.all.map { alarm in
            let request = alarm.request()
            return JSONValue.object([
                "operation": .string(request.operation), "input": request.input, "list": .string(alarm.type.list),
            ])
        }
        let rule = SampleAlarms.muteRule.request()
        lines.append(["operation": .string(rule.operation), "input": rule.input, "list": ""])
        let result = try Command.run(
            Workspace.python, ["-c", Self.script], input: lines.map(\.description).joined(separator: "\n"))
        #expect(result.output == "\(lines.count) right\n")
        #expect(result.errors == "")
    }

    private static let script = """
        import json, sys
        import botocore.session
        from botocore.validate import ParamValidator
        model = botocore.session.get_session().get_service_model("cloudwatch")
        described = model.operation_model("DescribeAlarms").output_shape.members
        count = 0
        for line in sys.stdin:
            call = json.loads(line)
            report = ParamValidator().validate(call["input"], model.operation_model(call["operation"]).input_shape)
            if report.has_errors():
                sys.exit(call["operation"] + ": " + report.generate_report())
            if call["list"]:
                members = described[call["list"]].member.members
                missing = set(call["input"]) - {"Tags"} - set(members)
                if missing:
                    sys.exit("not described: %s" % missing)
            count += 1
        print(count, "right")
        """
}

/// What CloudWatch fills in or reorders makes no difference.
@Suite(.timeLimit(.minutes(1))) struct AlarmNormalizationTests {
    /// The members of `DescribeAlarms` for an alarm that was put with the least that is needed.
    private static let least: JSONObject = [
        "AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 3, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
    ]

    private func read(_ more: JSONObject) throws -> Alarm {
        var json = Self.least
        for (key, value) in more { json[key] = value }
        return try Alarm(describing: .object(json), type: .metric)
    }

    @Test(
        arguments: [
            ["DatapointsToAlarm": 3], ["TreatMissingData": "missing"], ["Unit": "None"], ["ActionsEnabled": true],
            ["OKActions": [], "AlarmActions": []], ["Dimensions": []], ["AlarmDescription": ""],
            ["EvaluateLowSampleCountPercentile": "evaluate"], ["EvaluationWindow": ["SlidingWindow": [:]]],
            ["ActionConfiguration": ["AlarmTagsPropagation": ["Enabled": false]]], ["Metrics": []],
            ["StateValue": "ALARM", "StateReason": "because"],
        ] as [JSONObject]) func defaultsMakeNoDifference(_ more: JSONObject) throws
    {
        #expect(try read(more) == read([:]))
    }

    @Test(
        arguments: [
            ["DatapointsToAlarm": 2], ["TreatMissingData": "ignore"], ["Unit": "Count"], ["ActionsEnabled": false],
            ["OKActions": ["t"]], ["Dimensions": [["Name": "d", "Value": "v"]]], ["AlarmDescription": "d"],
            ["Statistic": "Average"], ["Period": 120], ["EvaluationPeriods": 4], ["Threshold": 1.5],
            ["ComparisonOperator": "LessThanThreshold"],
            ["EvaluationWindow": ["WallClockWindow": ["Timezone": "UTC"]]],
            ["WarmUpConfiguration": ["WarmUpPeriodDurationInMinutes": 1]],
            ["ActionConfiguration": ["AlarmTagsPropagation": ["Enabled": true]]],
        ] as [JSONObject]) func otherValuesDo(_ more: JSONObject) throws
    {
        #expect(try !read(more).hasSettings(of: read([:])))
        #expect(try read(more).settings != read([:]).settings)
    }

    @Test func theOrderOfActionsMakesNoDifference() throws {
        var alarm = SampleAlarms.metric()
        alarm.actions.alarm.reverse()
        #expect(alarm.hasSettings(of: SampleAlarms.metric()))
        #expect(alarm != SampleAlarms.metric())
    }

    @Test func theOrderOfQueriesMakesNoDifference() {
        guard case .metric(var condition) = SampleAlarms.math.condition, case .queries(let queries) = condition.data
        else { return #expect(Bool(false), "a sample changed") }
        condition.data = .queries(queries.reversed())
        var alarm = SampleAlarms.math
        alarm.condition = .metric(condition)
        #expect(alarm.hasSettings(of: SampleAlarms.math))
    }

    @Test(arguments: [
        (#"AT_LEAST(1, OK, (arn:aws:cloudwatch:r:1:alarm:a: b)) AND ALARM(arn:aws:cloudwatch:r:1:alarm:c)"#, true),
        (#"AT_LEAST(1, OK, ("a: b")) AND ALARM("c")"#, true), (#"AT_LEAST(1, OK, ("a: b")) AND ALARM("d")"#, false),
    ]) func alarmsMayBeGivenByTheirARNs(_ rule: String, _ isEqual: Bool) throws {
        func alarm(_ rule: String, suppressor: String) throws -> Alarm {
            let condition = CompositeCondition(
                rule: try AlarmRuleExpression(parsing: rule), suppressor: .init(alarm: suppressor))
            return Alarm(name: "x", condition: .composite(condition))
        }
        let names = try alarm(#"AT_LEAST(1, OK, ("a: b")) AND ALARM("c")"#, suppressor: "s")
        #expect(try alarm(rule, suppressor: "arn:aws:cloudwatch:r:1:alarm:s").hasSettings(of: names) == isEqual)
    }

    @Test func tagsAreNoSettings() {
        var alarm = SampleAlarms.metric()
        alarm.tags = [:]
        #expect(alarm.hasSettings(of: SampleAlarms.metric()))
    }

    @Test(
        arguments: [
            (["Statistic": nil], "alarm a: it has no Statistic and no ExtendedStatistic"),
            (["Period": nil], "alarm a: it has no Period"),
            (["TreatMissingData": "guess"], "alarm a: TreatMissingData guess is not known to this version"),
            (["ComparisonOperator": "Near"], "alarm a: ComparisonOperator Near is not known to this version"),
            (
                ["EvaluationCriteria": ["SQLCriteria": [:]]],
                "alarm a: EvaluationCriteria SQLCriteria is not known to this version"
            ),
        ] as [([String: JSONValue?], String)]) func unknownFormsAreTold(_ more: [String: JSONValue?], _ message: String)
    {
        var json = Self.least
        for (key, value) in more { json[key] = value }
        let error = #expect(throws: CloudWatchAlarmsError.self) {
            try Alarm(describing: .object(json), type: .metric)
        }
        #expect(error?.message == message)
        #expect(error?.code == .unreadable)
    }
}
