import CloudWatchAlarms
import Testing

@testable import AlarmProvisioner

@Suite struct ResourceOverridesTests {
    private static func throttles() -> AlarmRule {
        var rule = Fixture.errors("lambda-throttles")
        rule.template.data = .metric(Fixture.functionMetric("Throttles", "Sum"))
        return rule
    }

    private func expand(_ tag: String) -> DesiredAlarms {
        Fixture.expand(
            [Fixture.errors(), Self.throttles()], [Fixture.function("f", tags: [AlarmOptions.overrideTag: tag])])
    }

    @Test(arguments: [
        ("", ["lambda-errors", "lambda-throttles"]), ("off", []), ("off:lambda-errors", ["lambda-throttles"]),
        ("off:lambda-errors off:lambda-throttles", []), ("off:lambda-errors+off:lambda-throttles", []),
        ("off:lambda-*", []),
        ("  off:lambda-errors  ", ["lambda-throttles"]),
    ])
    func optOut(_ tag: String, _ rules: [String]) {
        let desired = expand(tag)
        #expect(desired.alarms.map(\.reason.rule) == rules)
        #expect(desired.texts == [])
    }

    @Test(arguments: [
        ("lambda-errors=2500", AlarmThreshold.value(.greater, 2_500)), ("lambda-errors=-0.5", .value(.greater, -0.5)),
        ("lambda-errors>2500", .value(.greater, 2_500)), ("lambda-errors<=3", .value(.lessOrEqual, 3)),
        ("lambda-*=7", .value(.greater, 7)), ("lambda-throttles=7", .value(.greater, 0)),
        ("lambda-*=7 lambda-errors=8", .value(.greater, 8)),
    ])
    func thresholds(_ tag: String, _ expected: AlarmThreshold) throws {
        let desired = expand(tag)
        let alarm = try #require(desired.alarm("tocsin-lambda-errors-f"))
        #expect(alarm.metricCondition?.threshold == expected)
        #expect(desired.texts == [])
    }

    @Test func theReasonNamesTheTag() {
        let alarm = expand("lambda-errors=2500").alarm("tocsin-lambda-errors-f")
        #expect(alarm?.reason.threshold == "2,500 by the resource's tag tocsin:alarms")
        #expect(alarm?.alarm.description.contains("above 2,500 in 3 of 3 periods of 1 m, a threshold of") == true)
    }

    @Test func settings() throws {
        let tag =
            "severity=critical lambda-errors:datapoints=2/5 lambda-errors:period=5m lambda-errors:stat=p99 "
            + "lambda-errors:missing=breaching"
        let desired = expand(tag)
        let alarm = try #require(desired.alarm("tocsin-lambda-errors-f"))
        #expect(alarm.alarm.tags["severity"] == "critical")
        #expect(alarm.metricCondition?.datapointsToAlarm == 2)
        #expect(alarm.metricCondition?.evaluationPeriods == 5)
        #expect(alarm.metricCondition?.missingData == .breaching)
        #expect(alarm.statistic?.period == 300)
        #expect(alarm.statistic?.statistic == "p99")
        #expect(desired.alarm("tocsin-lambda-throttles-f")?.alarm.tags["severity"] == "critical")
        #expect(desired.alarm("tocsin-lambda-throttles-f")?.metricCondition?.evaluationPeriods == 3)
    }

    /// The tag stays when the catalogue is switched off.
    @Test func entriesOfTheCatalogueAreKnownAlways() {
        #expect(ResourceOverrides(parsing: "off:lambda-throttles sqs-in-flight=9", rules: ["mine"]).faults == [])
    }

    @Test(arguments: [
        ("of", "of is not understood, did you mean off?"),
        ("on", "on is not understood, expected off, off:RULE, RULE=NUMBER or RULE:SETTING=VALUE, with spaces between"),
        ("off:lamda-errors", "there is no rule lamda-errors, did you mean lambda-errors?"),
        ("lambda-eror=3", "there is no rule lambda-eror, did you mean lambda-errors?"),
        ("lambda-errors=high", "lambda-errors=high: expected a number as the threshold, such as lambda-errors=2500"),
        (
            "lambda-errors",
            "lambda-errors has no value: write off:lambda-errors, or lambda-errors=NUMBER for another threshold"
        ),
        ("lambda-errors:datapoint=3/5", "there is no setting datapoint, did you mean datapoints?"),
        ("lambda-errors:datapoints=5/3", "datapoints=5/3: expected M/N such as 3/5"),
        ("lambda-errors:period=61", "period=61: expected 10s, 20s, 30s or whole minutes up to 24h, such as 1m or 5m"),
        ("lambda-errors:missing=never", "missing=never: expected one of missing, ignore, breaching, notBreaching"),
        ("lambda-errors>timeout_ms", "lambda-errors>timeout_ms: expected a number, tags have no formulas"),
        ("severity=", "severity= has no value, such as critical"),
    ])
    func faultsNameResourceAndTagAndOthersStay(_ tag: String, _ fault: String) {
        let desired = expand(tag + " off:lambda-throttles")
        #expect(desired.names == ["tocsin-lambda-errors-f"])
        #expect(desired.alarms.first?.number == 0)
        #expect(
            desired.notices == [
                RuleNotice(
                    .error,
                    "lambda:function f (arn:aws:lambda:eu-central-1:123456789012:function:f): the tag tocsin:alarms is "
                        + "\"\(tag) off:lambda-throttles\": \(fault)")
            ])
    }

    @Test func aBandGetsAnotherWidth() {
        let rule = Fixture.errors(threshold: .band(.above, width: 2))
        let desired = Fixture.expand(
            [rule], [Fixture.function("f", tags: [AlarmOptions.overrideTag: "lambda-errors=3"])])
        guard case .queries(let queries)? = desired.alarms.first?.metricCondition?.data else {
            Issue.record("no queries")
            return
        }
        #expect(queries.last?.source == .expression("ANOMALY_DETECTION_BAND(m1, 3)", period: nil))
    }

    @Test func anOptOutDoesNotBringTheCataloguesAlarmBack() {
        let catalogue = Fixture.errors("catalogue-errors", source: .catalogue)
        let desired = Fixture.expand(
            [catalogue, Fixture.errors()],
            [Fixture.function("f", tags: [AlarmOptions.overrideTag: "off:lambda-errors"])])
        #expect(desired.alarms.isEmpty)
    }

    @Test(arguments: [
        ("3 of 5", 3, 5), ("3/5", 3, 5), ("3", 3, 3), (" 1 of 1 ", 1, 1), ("0", 0, 0), ("2 of 1", 0, 0), ("x", 0, 0),
        ("1 of", 0, 0), ("3 / 5", 3, 5),
    ])
    func datapoints(_ text: String, _ breaching: Int, _ evaluated: Int) {
        let points = RuleSettings.Datapoints(text)
        #expect(points?.breaching ?? 0 == breaching)
        #expect(points?.evaluated ?? 0 == evaluated)
    }

    @Test(arguments: [
        ("9s", nil), ("10s", 10), ("30", 30), ("40s", nil), ("1m", 60), ("90s", nil), ("24h", 86_400), ("1441m", nil),
        ("0", nil), ("500ms", nil),
    ])
    func periods(_ text: String, _ seconds: Int?) { #expect(RuleSettings.period(text) == seconds) }

    @Test(arguments: [
        ("average", "Average"), ("Sum", "Sum"), ("p99.9", "p99.9"), ("P90", "p90"), ("p100", "p100"), ("p101", nil),
        ("p", nil), ("tm90", "tm90"), ("tm(10%:90%)", "TM(10%:90%)"), ("PR(0:300)", "PR(0:300)"), ("iqm", "IQM"),
        ("avg", nil), ("p-1", nil),
    ])
    func statistics(_ text: String, _ expected: String?) { #expect(Statistic.normal(text) == expected) }
}
