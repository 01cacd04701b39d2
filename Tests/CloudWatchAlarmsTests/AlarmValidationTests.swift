import CloudWatchAlarms
import Testing

/// Rows on both sides of each limit; nil for an alarm that CloudWatch takes.
@Suite(.timeLimit(.minutes(1))) struct AlarmValidationTests {
    @Test(arguments: SampleAlarms.all) func samplesAreRight(_ alarm: Alarm) { #expect(alarm.faults == []) }

    @Test(
        arguments: [
            (Made.alarm { $0.name = String(repeating: "ü", count: 255) }, nil),
            (
                Made.alarm { $0.name = String(repeating: "ü", count: 256) },
                "the name has 256 characters: 255 are the most"
            ),
            (Made.alarm { $0.name = "" }, "the name is empty"),
            (Made.alarm { $0.name = "a\nb" }, "the name has control characters"),
            (Made.alarm { $0.description = String(repeating: "d", count: 1_024) }, nil),
            (
                Made.alarm { $0.description = String(repeating: "d", count: 1_025) },
                "the description has more than 1,024 characters"
            ),
            (Made.alarm { $0.actions.ok = (0..<5).map { "t\($0)" } }, nil),
            (
                Made.alarm { $0.actions.ok = (0..<6).map { "t\($0)" } },
                "6 actions for OK: 5 are the most, so let a topic pass it on"
            ),
            (Made.alarm { $0.actions.alarm = [""] }, "an action for ALARM has 0 characters: it must be an ARN"),
            (Made.alarm { $0.actions.propagatedTags = .only([]) }, "0 keys of tags for messages: give 1 to 50, or all"),
            (Made.alarm { $0.actions.propagatedTags = .except((0..<50).map { "k\($0)" }) }, nil),
            (Made.alarm { $0.tags = Made.tags(50) }, nil),
            (Made.alarm { $0.tags = Made.tags(51) }, "51 tags: 50 are the most, so copy fewer from the resource"),
            (Made.alarm { $0.tags = ["k": String(repeating: "v", count: 256)] }, nil),
            (
                Made.alarm { $0.tags = ["k": String(repeating: "v", count: 257)] },
                "the tag k has a value of over 256 characters"
            ),
            (Made.alarm { $0.tags = ["AWS:x": "v"] }, "the tag AWS:x begins with aws:, which AWS keeps to itself"),
        ] as [(Alarm, String?)]) func common(_ alarm: Alarm, _ fault: String?)
    {
        #expect(alarm.faults == (fault.map { [$0] } ?? []))
    }

    @Test(
        arguments: [
            (Made.periods(10, 1), nil), (Made.periods(30, 2_880), nil),
            (Made.periods(40, 1), "a period of 40 s: give 10, 20, 30 or a multiple of 60"),
            (Made.periods(0, 1), "a period of 0 s: give 10, 20, 30 or a multiple of 60"),
            (Made.periods(60, 1_440), nil),
            (
                Made.periods(60, 1_441),
                "1441 periods of 60 s are more than a day: look at fewer, or at periods of an hour or more"
            ),
            (Made.periods(3_600, 168), nil),
            (Made.periods(3_600, 169), "169 periods of 3600 s are more than 7 days: look at fewer"),
            (Made.periods(604_800, 1), nil), (Made.periods(259_200, 2), nil),
            (Made.condition { $0.datapointsToAlarm = 3 }, nil),
            (
                Made.condition { $0.datapointsToAlarm = 4 },
                "4 of 3 periods must breach: the first number is from 1 to the second"
            ),
            (
                Made.condition { $0.datapointsToAlarm = 0 },
                "0 of 3 periods must breach: the first number is from 1 to the second"
            ),
            (Made.condition { $0.threshold = .value(.less, .nan) }, "the threshold is nan: give a number"),
            (Made.condition { $0.warmUp = AlarmWarmUp(minutes: 2_880) }, nil),
            (
                Made.condition { $0.warmUp = AlarmWarmUp(minutes: 2_881) },
                "the warm-up has 2881 minutes: 1 to 2,880 can be"
            ),
            (
                Made.condition { $0.threshold = .band(.above, queryID: "b") },
                "an anomaly band needs queries: a metric and ANOMALY_DETECTION_BAND(…)"
            ),
            (Made.statistic { $0.statistic = "p100" }, nil), (Made.statistic { $0.statistic = "IQM" }, nil),
            (Made.statistic { $0.statistic = "TM(10%:90%)" }, nil), (Made.statistic { $0.statistic = "wm98" }, nil),
            (
                Made.statistic { $0.statistic = "p101" },
                "the statistic is p101: give Average, Sum, Minimum, Maximum, SampleCount, or an extended one such "
                    + "as p99 or tm90"
            ),
            (Made.statistic { $0.unit = "Bytes/Second" }, nil),
            (Made.statistic { $0.unit = "Byte" }, "the unit Byte is not known, did you mean Bytes?"),
            (
                Made.statistic { $0.namespace = ":a" },
                "the namespace is \":a\": give 1 to 255 characters that do not begin with :"
            ),
            (
                Made.statistic { $0.dimensions = Dictionary(uniqueKeysWithValues: (0..<31).map { ("d\($0)", "v") }) },
                "31 dimensions: 30 are the most"
            ),
            (Made.statistic { $0.dimensions = ["d": ""] }, "the dimension d is \"\": give 1 to 1,024 characters"),
        ] as [(Alarm, String?)]) func metrics(_ alarm: Alarm, _ fault: String?)
    {
        #expect(alarm.faults == (fault.map { [$0] } ?? []))
    }

    @Test(
        arguments: [
            (Made.queries(Made.metrics(10)), nil),
            (
                Made.queries(Made.metrics(11)),
                "11 metrics: an alarm takes 10, so join the results of two alarms by a composite"
            ),
            (Made.queries([]), "it has no queries"),
            (Made.queries(Made.metrics(1) + Made.metrics(1)), "two queries have the id e"),
            (Made.queries(Array(Made.metrics(1).dropFirst())), "0 queries return data (): exactly one is compared"),
            (
                Made.queries(Made.metrics(1), .band(.above, queryID: "x")),
                "the band x is not among the queries e, m0"
            ),
            (
                Made.queries([MetricQuery(id: "E", source: .expression("1", period: nil), returnsData: true)]),
                "the query E: an id begins with a small letter, then letters, digits, _"
            ),
            (
                Made.queries([
                    MetricQuery(id: "e", source: .expression("SELECT AVG(x) FROM y", period: nil), returnsData: true)
                ]),
                "the query e of Metrics Insights has no period"
            ),
            (
                Made.queries([
                    MetricQuery(
                        id: "e", source: .expression(String(repeating: "1", count: 2_049), period: nil),
                        returnsData: true)
                ]), "the expression of e has no or over 2,048 characters"
            ),
        ] as [(Alarm, String?)]) func queryLists(_ alarm: Alarm, _ fault: String?)
    {
        if let fault { #expect(alarm.faults.contains(fault)) } else { #expect(alarm.faults == []) }
    }

    @Test func theSizeIsLimited() {
        let long = String(repeating: "x", count: 1_024)
        var statistic = SampleAlarms.errors
        statistic.dimensions = Dictionary(uniqueKeysWithValues: (0..<15).map { ("d\($0)", long) })
        let metrics = (0..<9).map { MetricQuery(id: "m\($0)", source: .metric(statistic, account: nil)) }
        let sum = MetricQuery(id: "e", source: .expression("m0", period: nil), returnsData: true)
        let last = "the whole alarm is larger than 120 KB: use fewer metrics"
        #expect(Made.queries(Array(metrics.prefix(7)) + [sum]).faults == [])
        #expect(Made.queries(metrics + [sum]).faults == [last])
    }

    @Test(
        arguments: [
            (Made.composite(Made.any(100)), nil),
            (Made.composite(Made.any(101)), "the rule has 101 alarms: 100 are the most"),
            (Made.composite(.state(.alarm, alarm: "c")), "the rule contains the composite itself"),
            (
                Made.composite(.and((0..<500).map { _ in .constant(true) })),
                "the rule has 501 elements: 500 are the most"
            ),
            (Made.composite(.and((0..<499).map { _ in .constant(true) })), nil),
            (
                Made.composite(.atLeast(.count(3), .alarm, isNegated: false, alarms: ["a", "b"])),
                "AT_LEAST(3, …) of 2 alarms: give 1 to their number"
            ),
            (Made.composite(.atLeast(.count(2), .alarm, isNegated: false, alarms: ["a", "b"])), nil),
            (
                Made.composite(.atLeast(.percent(101), .ok, isNegated: false, alarms: ["a"])),
                "AT_LEAST(101%, …): give 1% to 100%"
            ),
            (
                Made.composite(.state(.alarm, alarm: "a\"b")),
                "the rule names the alarm a\"b: a quotation mark or backslash cannot stand in a rule"
            ),
        ] as [(Alarm, String?)]) func composites(_ alarm: Alarm, _ fault: String?)
    {
        #expect(alarm.faults == (fault.map { [$0] } ?? []))
    }

    @Test(
        arguments: [
            (Made.log { $0.schedule = "rate(1 minute)" }, nil),
            (Made.log { $0.schedule = "cron(0 * * * *)" }, "the schedule is cron(0 * * * *): write rate(5 minutes)"),
            (Made.log { $0.logGroups = [] }, "0 log groups: give 1 to 50"),
            (Made.log { $0.resultsToEvaluate = 100 }, nil),
            (Made.log { $0.resultsToEvaluate = 101 }, "it looks at 101 results: 1 to 100 can be"),
            (Made.log { $0.actionLogLines = 50 }, nil),
            (Made.log { $0.actionLogLines = 51 }, "51 log lines: 50 are the most"),
            (
                Made.log { $0.actionLogLineRoleARN = nil },
                "log lines in messages need the ARN of a role that may read them"
            ),
            (Made.log { $0.queryRoleARN = "queries" }, "the role of the query is queries: give its ARN"),
        ] as [(Alarm, String?)]) func logs(_ alarm: Alarm, _ fault: String?)
    {
        #expect(alarm.faults == (fault.map { [$0] } ?? []))
    }

    @Test(
        arguments: [
            (Made.promQL(10), nil), (Made.promQL(3_600), nil), (Made.promQL(60, pending: 86_400), nil),
            (Made.promQL(3_660), "an interval of 3660 s: give 10, 20, 30 or a multiple of 60 up to 3,600"),
            (Made.promQL(15), "an interval of 15 s: give 10, 20, 30 or a multiple of 60 up to 3,600"),
            (Made.promQL(60, pending: 86_401), "the pending period is 86401 s: a day is the most"),
        ] as [(Alarm, String?)]) func promQLs(_ alarm: Alarm, _ fault: String?)
    {
        #expect(alarm.faults == (fault.map { [$0] } ?? []))
    }

    @Test(
        arguments: [
            (Made.mute { $0.schedule = "at(2026-12-24T02:00)" }, nil),
            (
                Made.mute { $0.schedule = "cron(0 2 * * SUN *)" },
                "the schedule is cron(0 2 * * SUN *): write cron(minute hour day month weekday), with five fields, or "
                    + "at(2026-12-24T02:00)"
            ),
            (Made.mute { $0.duration = .seconds(60) }, nil), (Made.mute { $0.duration = .seconds(1_296_000) }, nil),
            (Made.mute { $0.duration = .seconds(59) }, "the duration is 59 s: it must be from a minute to 15 days"),
            (
                Made.mute { $0.duration = .seconds(1_296_001) },
                "the duration is 15 d: it must be from a minute to 15 days"
            ),
            (Made.mute { $0.alarms = (0..<100).map { "a\($0)" } }, nil),
            (
                Made.mute { $0.alarms = (0..<101).map { "a\($0)" } },
                "it mutes 101 alarms: 1 to 100 can be, so split it or match fewer"
            ),
            (Made.mute { $0.timeZone = "" }, "the time zone is \"\": give an IANA name such as Europe/Berlin"),
        ] as [(MuteRule, String?)]) func muteRules(_ rule: MuteRule, _ fault: String?)
    {
        #expect(rule.faults == (fault.map { [$0] } ?? []))
    }
}

@Suite(.timeLimit(.minutes(1))) struct AlarmCostTests {
    @Test(arguments: [
        (Made.metric(period: 60), 0.10), (Made.metric(period: 30), 0.30), (SampleAlarms.math, 0.20),
        (SampleAlarms.band, 0.30),
        (SampleAlarms.composite, 0.50),
    ]) func known(_ alarm: Alarm, _ dollars: Double) {
        #expect(abs(alarm.monthlyCost.dollars - dollars) < 1e-9)
        #expect(alarm.monthlyCost.unknownPart == nil)
    }

    @Test(arguments: [
        (SampleAlarms.insights, "each metric that the query finds is billed"),
        (SampleAlarms.promQL, "PromQL alarms are billed by what their queries read"),
        (SampleAlarms.log, "log alarms are billed by what their queries scan"),
    ]) func unknown(_ alarm: Alarm, _ reason: String) { #expect(alarm.monthlyCost.unknownPart == reason) }
}

/// Alarms that differ from the samples in one setting.
private enum Made {
    static func alarm(_ change: (inout Alarm) -> Void) -> Alarm {
        var alarm = SampleAlarms.metric()
        change(&alarm)
        return alarm
    }

    static func condition(_ change: (inout MetricCondition) -> Void) -> Alarm {
        alarm { alarm in
            guard case .metric(var condition) = alarm.condition else { return }
            change(&condition)
            alarm.condition = .metric(condition)
        }
    }

    static func statistic(_ change: (inout MetricStatistic) -> Void) -> Alarm {
        var statistic = SampleAlarms.errors
        change(&statistic)
        return condition { $0.data = .metric(statistic) }
    }

    static func periods(_ period: Int, _ count: Int) -> Alarm {
        var alarm = statistic { $0.period = period }
        guard case .metric(var condition) = alarm.condition else { return alarm }
        (condition.evaluationPeriods, condition.datapointsToAlarm) = (count, count)
        alarm.condition = .metric(condition)
        return alarm
    }

    static func tags(_ count: Int) -> [String: String] {
        Dictionary(uniqueKeysWithValues: (0..<count).map { ("k\($0)", "v") })
    }

    static func queries(_ queries: [MetricQuery], _ threshold: AlarmThreshold = .value(.less, 1)) -> Alarm {
        Alarm(name: "q", condition: .metric(MetricCondition(data: .queries(queries), threshold: threshold)))
    }

    static func metrics(_ count: Int) -> [MetricQuery] {
        [MetricQuery(id: "e", source: .expression("m0", period: nil), returnsData: true)]
            + (0..<count).map { MetricQuery(id: "m\($0)", source: .metric(SampleAlarms.errors, account: nil)) }
    }

    static func composite(_ rule: AlarmRuleExpression) -> Alarm {
        Alarm(name: "c", condition: .composite(CompositeCondition(rule: rule)))
    }

    static func any(_ count: Int) -> AlarmRuleExpression {
        .or((0..<count).map { .state(.alarm, alarm: "a\($0)") })
    }

    static func log(_ change: (inout LogCondition) -> Void) -> Alarm {
        guard case .log(var condition) = SampleAlarms.log.condition else { return SampleAlarms.log }
        change(&condition)
        return Alarm(name: "l", condition: .log(condition))
    }

    static func promQL(_ interval: Int, pending: Int = 0) -> Alarm {
        Alarm(name: "p", condition: .promQL(PromQLCondition(query: "up", pendingSeconds: pending, interval: interval)))
    }

    static func mute(_ change: (inout MuteRule) -> Void) -> MuteRule {
        var rule = SampleAlarms.muteRule
        change(&rule)
        return rule
    }

    static func metric(period: Int) -> Alarm {
        var statistic = SampleAlarms.errors
        statistic.period = period
        return Alarm(
            name: "m", condition: .metric(MetricCondition(data: .metric(statistic), threshold: .value(.less, 1))))
    }
}
