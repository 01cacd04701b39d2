import CloudWatchAlarms

/// One alarm of every form, with everything that it can have.
enum SampleAlarms {
    static let topic = "arn:aws:sns:eu-central-1:123456789012:alarms"
    static let role = "arn:aws:iam::123456789012:role/queries"

    static let errors = MetricStatistic(
        namespace: "AWS/Lambda", metric: "Errors", dimensions: ["FunctionName": "checkout", "Resource": "checkout"],
        statistic: "Sum", period: 60)

    static let actions = AlarmActions(
        alarm: [topic, topic + "-2"], ok: [topic], insufficientData: [topic],
        propagatedTags: .only(["severity", "team"]))

    static func metric(_ name: String = "errors", threshold: Double = 1) -> Alarm {
        Alarm(
            name: name, description: "errors of checkout",
            condition: .metric(
                MetricCondition(
                    data: .metric(errors), threshold: .value(.greaterOrEqual, threshold), evaluationPeriods: 3,
                    datapointsToAlarm: 2, missingData: .notBreaching)),
            actions: actions, tags: ["tocsin:owner": "tocsin", "severity": "critical"])
    }

    static let latency: Alarm = {
        var statistic = errors
        (statistic.metric, statistic.statistic, statistic.unit) = ("Duration", "p99.9", "Milliseconds")
        return Alarm(
            name: "latency",
            condition: .metric(
                MetricCondition(
                    data: .metric(statistic), threshold: .value(.greater, 2_700.5), evaluatesFewSamples: false,
                    warmUp: AlarmWarmUp(minutes: 30, evaluatesOnlyAfter: true),
                    window: .wallClock(timeZone: "Europe/Berlin"))),
            actions: AlarmActions(areEnabled: false, propagatedTags: .all))
    }()

    static let math = Alarm(
        name: "error-ratio",
        condition: .metric(
            MetricCondition(
                data: .queries([
                    MetricQuery(
                        id: "ratio", source: .expression("100 * bad / total", period: nil), label: "errors in %",
                        returnsData: true),
                    MetricQuery(id: "bad", source: .metric(errors, account: "210987654321")),
                    MetricQuery(id: "total", source: .metric(errors, account: nil)),
                ]),
                threshold: .value(.greater, 5), missingData: .ignore)),
        actions: AlarmActions(propagatedTags: .except(["cost"])))

    static let band = Alarm(
        name: "unusual",
        condition: .metric(
            MetricCondition(
                data: .queries([
                    MetricQuery(id: "m1", source: .metric(errors, account: nil), returnsData: true),
                    MetricQuery(
                        id: "band", source: .expression("ANOMALY_DETECTION_BAND(m1, 2)", period: nil),
                        returnsData: true),
                ]),
                threshold: .band(.outside, queryID: "band"), missingData: .breaching)))

    static let insights = Alarm(
        name: "fleet",
        condition: .metric(
            MetricCondition(
                data: .queries([
                    MetricQuery(
                        id: "q1",
                        source: .expression(
                            "SELECT MAX(CPUUtilization) FROM SCHEMA(\"AWS/EC2\", InstanceId) GROUP BY InstanceId",
                            period: 300),
                        returnsData: true)
                ]),
                threshold: .value(.greater, 80))))

    static let promQL = Alarm(
        name: "burn-rate",
        condition: .promQL(
            PromQLCondition(
                query: "sum(rate(failed_total[5m])) / sum(rate(total[5m])) > 0.0144", pendingSeconds: 120,
                recoverySeconds: 300, interval: 30)),
        actions: actions)

    static let composite = Alarm(
        name: "checkout-down",
        condition: .composite(
            CompositeCondition(
                rule: .and([
                    .or([.state(.alarm, alarm: "errors"), .state(.insufficientData, alarm: "latency of: all (p99)")]),
                    .not(.state(.ok, alarm: "fleet")),
                    .atLeast(.percent(50), .alarm, isNegated: true, alarms: ["a", "b"]),
                ]),
                suppressor: .init(alarm: "deployment", waitSeconds: 60, extensionSeconds: 90))),
        actions: actions)

    static let log = Alarm(
        name: "out-of-memory",
        condition: .log(
            LogCondition(
                query: "filter @message like /OutOfMemory/", logGroups: ["/aws/lambda/a", "/aws/lambda/b"],
                queryRoleARN: role, schedule: "rate(10 minutes)", startOffset: 600, aggregation: "count(*)",
                resultsToEvaluate: 3, resultsToAlarm: 2, comparison: .greater, threshold: 0.5, missingData: .missing,
                actionLogLines: 5, actionLogLineRoleARN: role)),
        actions: actions, tags: ["tocsin:owner": "tocsin"])

    static let all = [metric(), latency, math, band, insights, promQL, composite, log]

    static let muteRule = MuteRule(
        name: "nightly", description: "backups", schedule: "cron(0 2 * * SUN)", duration: .seconds(95_400),
        timeZone: "Europe/Berlin", alarms: ["a", "b"], tags: ["tocsin:owner": "tocsin"])
}
