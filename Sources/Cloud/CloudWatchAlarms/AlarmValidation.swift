import Basics
import JSON

extension Alarm {
    /// What CloudWatch would refuse, each with what to do; empty for an alarm that it takes.
    ///
    /// Source: `PutMetricAlarm`, `PutCompositeAlarm` and `PutLogAlarm` in the API reference of CloudWatch.
    public var faults: [String] {
        var faults = Faults()
        faults.checkName(name, "the name")
        faults.check(description.unicodeScalars.count <= 1_024, "the description has more than 1,024 characters")
        faults.check(actions)
        faults.check(tags: tags)
        switch condition {
        case .metric(let condition): faults.check(condition)
        case .promQL(let condition): faults.check(condition)
        case .composite(let condition): faults.check(condition, of: name)
        case .log(let condition): faults.check(condition)
        }
        // Only long parts can reach the limit, and writing the request is slow beside all other checks.
        if case .metric(let condition) = condition, case .queries = condition.data {
            faults.check(
                request().input.serialized().count <= 120 * 1_024,
                "the whole alarm is larger than 120 KB: use fewer metrics")
        }
        return faults.texts
    }
}

extension MuteRule {
    /// What CloudWatch would refuse, each with what to do.
    public var faults: [String] {
        var faults = Faults()
        faults.checkName(name, "the name")
        faults.check(description.unicodeScalars.count <= 1_024, "the description has more than 1,024 characters")
        faults.check(tags: tags)
        faults.check(
            (1...100).contains(Set(alarms).count),
            "it mutes \(counted(Set(alarms).count, "alarm")): 1 to 100 can be, so split it or match fewer")
        faults.check(
            duration >= .seconds(60) && duration <= .seconds(15 * 86_400),
            "the duration is \(duration.text): it must be from a minute to 15 days")
        faults.check(
            schedule.isCron || schedule.isMoment,
            "the schedule is \(schedule): write cron(minute hour day month weekday), with five fields, or "
                + "at(2026-12-24T02:00)")
        faults.check(
            !timeZone.isEmpty && timeZone.utf8.count <= 50,
            "the time zone is \"\(timeZone)\": give an IANA name such as Europe/Berlin")
        return faults.texts
    }
}

/// What was found so far.
private struct Faults {
    var texts: [String] = []

    mutating func check(_ isRight: Bool, _ text: @autoclosure () -> String) {
        if !isRight { texts.append(text()) }
    }

    mutating func checkName(_ name: String, _ what: String) {
        let count = name.unicodeScalars.count
        check(count > 0, "\(what) is empty")
        check(count <= 255, "\(what) has \(count) characters: 255 are the most")
        check(
            !name.unicodeScalars.contains { $0.properties.generalCategory == .control },
            "\(what) has control characters")
    }

    mutating func check(_ actions: AlarmActions) {
        for (state, list) in [
            ("ALARM", actions.alarm), ("OK", actions.ok), ("INSUFFICIENT_DATA", actions.insufficientData),
        ] {
            check(list.count <= 5, "\(list.count) actions for \(state): 5 are the most, so let a topic pass it on")
            for action in list where action.isEmpty || action.utf8.count > 1_024 {
                check(false, "an action for \(state) has \(action.utf8.count) characters: it must be an ARN")
            }
        }
        switch actions.propagatedTags {
        case .only(let keys)?, .except(let keys)?:
            check((1...50).contains(keys.count), "\(keys.count) keys of tags for messages: give 1 to 50, or all")
        case .all?, nil: break
        }
    }

    mutating func check(tags: [String: String]) {
        check(tags.count <= 50, "\(tags.count) tags: 50 are the most, so copy fewer from the resource")
        for (key, value) in tags {
            check((1...128).contains(key.unicodeScalars.count), "the tag \(key) has a key of no or over 128 characters")
            check(value.unicodeScalars.count <= 256, "the tag \(key) has a value of over 256 characters")
            check(!key.lowercased().hasPrefix("aws:"), "the tag \(key) begins with aws:, which AWS keeps to itself")
        }
    }

    // MARK: Metric alarms

    mutating func check(_ condition: MetricCondition) {
        let (n, m) = (condition.evaluationPeriods, condition.datapointsToAlarm)
        check(n >= 1, "it looks at \(n) periods: 1 is the least")
        check(m >= 1 && m <= max(n, 1), "\(m) of \(n) periods must breach: the first number is from 1 to the second")
        var periods: [Int] = []
        switch condition.data {
        case .metric(let statistic):
            check(statistic)
            periods = [statistic.period]
        case .queries(let queries):
            check(queries, condition.threshold)
            periods = queries.compactMap(\.period)
        }
        for period in Set(periods).sorted() { check(period: period, count: n) }
        if case .value(_, let threshold) = condition.threshold {
            check(threshold.isFinite, "the threshold is \(threshold): give a number")
        } else if case .metric = condition.data {
            check(false, "an anomaly band needs queries: a metric and ANOMALY_DETECTION_BAND(…)")
        }
        if let warmUp = condition.warmUp {
            check((1...2_880).contains(warmUp.minutes), "the warm-up has \(warmUp.minutes) minutes: 1 to 2,880 can be")
        }
        if case .wallClock(let timeZone)? = condition.window {
            check(
                (1...50).contains(timeZone.utf8.count), "the window's time zone is \"\(timeZone)\": give an IANA name")
        }
    }

    private mutating func check(period: Int, count: Int) {
        let isRight = [10, 20, 30].contains(period) || (period > 0 && period % 60 == 0)
        check(isRight, "a period of \(period) s: give 10, 20, 30 or a multiple of 60")
        guard isRight, count >= 1 else { return }
        let (seconds, isTooLong) = period.multipliedReportingOverflow(by: count)
        let limit = period >= 3_600 ? 604_800 : 86_400
        check(
            !isTooLong && seconds <= limit,
            "\(count) periods of \(period) s are more than \(period >= 3_600 ? "7 days" : "a day"): "
                + (period >= 3_600 ? "look at fewer" : "look at fewer, or at periods of an hour or more"))
    }

    private mutating func check(_ statistic: MetricStatistic) {
        let namespace = statistic.namespace
        check(
            (1...255).contains(namespace.unicodeScalars.count) && !namespace.hasPrefix(":"),
            "the namespace is \"\(namespace)\": give 1 to 255 characters that do not begin with :")
        check(
            (1...255).contains(statistic.metric.unicodeScalars.count), "the metric's name has no or over 255 characters"
        )
        check(statistic.dimensions.count <= 30, "\(statistic.dimensions.count) dimensions: 30 are the most")
        for (name, value) in statistic.dimensions {
            check(
                (1...255).contains(name.unicodeScalars.count) && (1...1_024).contains(value.unicodeScalars.count),
                "the dimension \(name) is \"\(value)\": give 1 to 1,024 characters")
        }
        check(
            statistic.statistic.isStatistic,
            "the statistic is \(statistic.statistic): give Average, Sum, Minimum, Maximum, SampleCount, or an extended "
                + "one such as p99 or tm90")
        if let unit = statistic.unit {
            let nearest = MetricUnit.all.nearest(to: unit).map { ", did you mean \($0)?" } ?? ""
            check(MetricUnit.all.contains(unit), "the unit \(unit) is not known\(nearest)")
        }
    }

    private mutating func check(_ queries: [MetricQuery], _ threshold: AlarmThreshold) {
        var (ids, metrics, returned) = (Set<String>(), 0, [String]())
        check(!queries.isEmpty, "it has no queries")
        for query in queries {
            check(
                query.id.isQueryID, "the query \(query.id): an id begins with a small letter, then letters, digits, _")
            check(ids.insert(query.id).inserted, "two queries have the id \(query.id)")
            if query.returnsData { returned.append(query.id) }
            switch query.source {
            case .metric(let statistic, _):
                metrics += 1
                check(statistic)
            case .expression(let text, let period):
                check(
                    (1...2_048).contains(text.unicodeScalars.count),
                    "the expression of \(query.id) has no or over 2,048 characters")
                check(
                    !text.isMetricsInsights || period != nil,
                    "the query \(query.id) of Metrics Insights has no period")
            }
        }
        check(metrics <= 10, "\(metrics) metrics: an alarm takes 10, so join the results of two alarms by a composite")
        switch threshold {
        case .value:
            check(
                returned.count == 1,
                "\(returned.count) queries return data (\(returned.joined(separator: ", "))): exactly one is compared")
        case .band(_, let id):
            check(ids.contains(id), "the band \(id) is not among the queries \(ids.sorted().joined(separator: ", "))")
            check(
                returned.count <= 2 && returned.contains { $0 != id },
                "beside the band \(id) exactly one query must return data, the metric")
        }
    }

    // MARK: The others

    mutating func check(_ condition: PromQLCondition) {
        check(
            (1...10_000).contains(condition.query.unicodeScalars.count),
            "the PromQL query has no or over 10,000 characters")
        for (name, seconds) in [("pending", condition.pendingSeconds), ("recovery", condition.recoverySeconds)] {
            check((0...86_400).contains(seconds), "the \(name) period is \(seconds) s: a day is the most")
        }
        let interval = condition.interval
        check(
            [10, 20, 30].contains(interval) || (interval > 0 && interval % 60 == 0 && interval <= 3_600),
            "an interval of \(interval) s: give 10, 20, 30 or a multiple of 60 up to 3,600")
    }

    mutating func check(_ condition: CompositeCondition, of name: String) {
        let (rule, alarms) = (condition.rule, condition.rule.alarms)
        let length = rule.description.unicodeScalars.count
        check(
            length <= 10_240, "the rule has \(length) characters: 10,240 are the most, so divide it into two composites"
        )
        check(alarms.count <= 100, "the rule has \(alarms.count) alarms: 100 are the most")
        check(rule.elementCount <= 500, "the rule has \(rule.elementCount) elements: 500 are the most")
        check(!alarms.contains(name), "the rule contains the composite itself")
        for alarm in alarms where alarm.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            check(false, "the rule names the alarm \(alarm): a quotation mark or backslash cannot stand in a rule")
        }
        rule.visit { part in
            guard case .atLeast(let quorum, _, _, let alarms) = part else { return }
            switch quorum {
            case .count(let count):
                check(
                    (1...max(1, alarms.count)).contains(count),
                    "AT_LEAST(\(count), …) of \(counted(alarms.count, "alarm")): give 1 to their number")
            case .percent(let percent):
                check((1...100).contains(percent), "AT_LEAST(\(percent)%, …): give 1% to 100%")
            }
        }
        if let suppressor = condition.suppressor {
            check(!suppressor.alarm.isEmpty, "the suppressor has no name")
            check(suppressor.alarm != name, "the composite suppresses itself")
            check(
                suppressor.waitSeconds >= 0 && suppressor.extensionSeconds >= 0, "a time of the suppressor is negative")
        }
    }

    mutating func check(_ condition: LogCondition) {
        check(
            (1...10_000).contains(condition.query.unicodeScalars.count), "the query has no or over 10,000 characters")
        check(
            (1...50).contains(condition.logGroups.count),
            "\(counted(condition.logGroups.count, "log group")): give 1 to 50")
        check(
            condition.queryRoleARN.arnFields != nil, "the role of the query is \(condition.queryRoleARN): give its ARN")
        check(condition.schedule.isRate, "the schedule is \(condition.schedule): write rate(5 minutes)")
        check(
            (1...2_592_000).contains(condition.startOffset),
            "it looks back \(condition.startOffset) s: 30 days are the most")
        check(
            (1...2_048).contains(condition.aggregation.unicodeScalars.count),
            "the aggregation has no or over 2,048 characters")
        let (n, m) = (condition.resultsToEvaluate, condition.resultsToAlarm)
        check((1...100).contains(n), "it looks at \(n) results: 1 to 100 can be")
        check(m >= 1 && m <= max(n, 1), "\(m) of \(n) results must breach: the first number is from 1 to the second")
        check(condition.threshold.isFinite, "the threshold is \(condition.threshold): give a number")
        check((0...50).contains(condition.actionLogLines), "\(condition.actionLogLines) log lines: 50 are the most")
        check(
            condition.actionLogLines == 0 || condition.actionLogLineRoleARN?.arnFields != nil,
            "log lines in messages need the ARN of a role that may read them")
    }
}

/// The units of metrics.
enum MetricUnit {
    /// Source: `StandardUnit` in the API reference of CloudWatch.
    static let all: [String] = {
        let bytes = ["Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"]
        let bits = ["Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"]
        return ["Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "None", "Count/Second"] + bytes + bits
            + (bytes + bits).map { $0 + "/Second" }
    }()
}

extension MetricQuery {
    /// In seconds; nil for metric math, which has the period of its metrics.
    fileprivate var period: Int? {
        switch source {
        case .metric(let statistic, _): statistic.period
        case .expression(_, let period): period
        }
    }
}

extension String {
    /// Whether CloudWatch has a statistic of this form: `p99.9`, `tm90`, `IQM`, `TM(10%:90%)`, `PR(0:100)`.
    package var isStatistic: Bool {
        if MetricStatistic.plainStatistics.contains(self) || self == "IQM" { return true }
        if hasSuffix(")") {
            return ["PR(", "TC(", "TM(", "TS(", "WM("].contains { hasPrefix($0) && utf8.contains(0x3A) }
        }
        let letters = prefix { $0.isLetter }
        let digits = dropFirst(letters.count)
        guard ["p", "tm", "tc", "ts", "wm"].contains(letters), let number = Double(digits) else { return false }
        return (0...100).contains(number) && digits.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
    }

    fileprivate var isQueryID: Bool {
        guard let first = utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first, utf8.count <= 255 else {
            return false
        }
        return utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
    }

    /// `rate(5 minutes)`.
    fileprivate var isRate: Bool {
        guard let words = arguments(of: "rate"), words.count == 2, let count = Int(words[0]), count > 0 else {
            return false
        }
        return ["minute", "minutes", "hour", "hours", "day", "days"].contains(words[1])
    }

    /// Five fields, unlike EventBridge's six.
    fileprivate var isCron: Bool { arguments(of: "cron")?.count == 5 }

    /// `at(2026-12-24T02:00)`.
    fileprivate var isMoment: Bool {
        guard let words = arguments(of: "at"), words.count == 1, words[0].utf8.count == 16 else { return false }
        return Timestamp(iso8601: words[0] + ":00") != nil
    }

    private func arguments(of name: String) -> [String]? {
        guard hasPrefix(name + "("), hasSuffix(")") else { return nil }
        return dropFirst(name.count + 1).dropLast().split(separator: " ").map { String($0) }
    }
}
