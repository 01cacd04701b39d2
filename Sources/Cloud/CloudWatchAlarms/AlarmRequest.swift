import Basics
public import JSON

/// A call of CloudWatch that makes or changes something.
public struct AlarmRequest: Sendable, Hashable {
    /// Such as `PutMetricAlarm`.
    public let operation: String
    /// In boto3's shape.
    public let input: JSONValue
}

/// Which of CloudWatch's kinds an alarm is.
///
/// The raw value is what `AlarmTypes` takes.
public enum AlarmType: String, Sendable, CaseIterable {
    case metric = "MetricAlarm"
    case composite = "CompositeAlarm"
    case log = "LogAlarm"

    /// The list of `DescribeAlarms` that has the alarms of this type.
    public var list: String { rawValue + "s" }
}

extension Alarm {
    /// The alarm's type; one with PromQL is a metric alarm.
    public var type: AlarmType {
        switch condition {
        case .metric, .promQL: .metric
        case .composite: .composite
        case .log: .log
        }
    }

    /// The call that makes the alarm, or overwrites all of it but the tags, which CloudWatch then ignores.
    /// - Parameter withTags: whether the tags are in the input.
    public func request(withTags: Bool = true) -> AlarmRequest {
        var input: JSONObject = ["AlarmName": .string(name)]
        if !description.isEmpty { input["AlarmDescription"] = .string(description) }
        actions.add(to: &input)
        let operation: String
        switch condition {
        case .metric(let condition):
            operation = "PutMetricAlarm"
            condition.add(to: &input)
        case .promQL(let condition):
            operation = "PutMetricAlarm"
            condition.add(to: &input)
        case .composite(let condition):
            operation = "PutCompositeAlarm"
            condition.add(to: &input)
        case .log(let condition):
            operation = "PutLogAlarm"
            condition.add(to: &input)
        }
        if withTags, !tags.isEmpty { input["Tags"] = AlarmTags.list(tags) }
        return AlarmRequest(operation: operation, input: .object(input))
    }
}

extension MuteRule {
    /// The call that makes the rule, or overwrites it.
    public func request(withTags: Bool = true) -> AlarmRequest {
        var input: JSONObject = ["Name": .string(name)]
        if !description.isEmpty { input["Description"] = .string(description) }
        input["Rule"] = [
            "Schedule": [
                "Expression": .string(schedule), "Duration": .string(duration.iso8601), "Timezone": .string(timeZone),
            ]
        ]
        input["MuteTargets"] = ["AlarmNames": .strings(alarms)]
        if withTags, !tags.isEmpty { input["Tags"] = AlarmTags.list(tags) }
        return AlarmRequest(operation: "PutAlarmMuteRule", input: .object(input))
    }
}

/// Tags as CloudWatch's calls and those of the tagging API have them.
public enum AlarmTags {
    /// A list of `Key` and `Value`, in the order of the keys.
    public static func list(_ tags: [String: String]) -> JSONValue {
        .array(tags.sorted { $0.key < $1.key }.map { ["Key": .string($0.key), "Value": .string($0.value)] })
    }

    /// The tags of such a list; empty for none.
    public static func read(_ list: JSONValue?) -> [String: String] {
        let pairs = (list?.arrayValue ?? []).compactMap { tag in
            tag["Key"]?.stringValue.map { ($0, tag["Value"]?.stringValue ?? "") }
        }
        return Dictionary(pairs) { $1 }
    }
}

extension AlarmActions {
    fileprivate func add(to input: inout JSONObject) {
        input["ActionsEnabled"] = .bool(areEnabled)
        if !ok.isEmpty { input["OKActions"] = .strings(ok) }
        if !alarm.isEmpty { input["AlarmActions"] = .strings(alarm) }
        if !insufficientData.isEmpty { input["InsufficientDataActions"] = .strings(insufficientData) }
        guard let propagatedTags else { return }
        var propagation: JSONObject = ["Enabled": true]
        switch propagatedTags {
        case .all: break
        case .only(let keys): propagation["IncludedTagKeys"] = .strings(keys)
        case .except(let keys): propagation["ExcludedTagKeys"] = .strings(keys)
        }
        input["ActionConfiguration"] = ["AlarmTagsPropagation": .object(propagation)]
    }
}

extension MetricCondition {
    fileprivate func add(to input: inout JSONObject) {
        switch data {
        case .metric(let statistic): statistic.addToAlarm(&input)
        case .queries(let queries): input["Metrics"] = .array(queries.map(\.json))
        }
        input["EvaluationPeriods"] = JSONValue(evaluationPeriods)
        input["DatapointsToAlarm"] = JSONValue(datapointsToAlarm)
        switch threshold {
        case .value(let comparison, let value):
            input["ComparisonOperator"] = .string(comparison.rawValue)
            input["Threshold"] = .double(value)
        case .band(let comparison, let id):
            input["ComparisonOperator"] = .string(comparison.rawValue)
            input["ThresholdMetricId"] = .string(id)
        }
        input["TreatMissingData"] = .string(missingData.rawValue)
        if !evaluatesFewSamples { input["EvaluateLowSampleCountPercentile"] = "ignore" }
        if let warmUp {
            var configuration: JSONObject = ["WarmUpPeriodDurationInMinutes": JSONValue(warmUp.minutes)]
            if warmUp.evaluatesOnlyAfter { configuration["OnlyStartEvaluatingAfterWarmUpPeriodEnds"] = true }
            input["WarmUpConfiguration"] = .object(configuration)
        }
        switch window {
        case nil: break
        case .sliding?: input["EvaluationWindow"] = ["SlidingWindow": [:]]
        case .wallClock(let timeZone)?:
            input["EvaluationWindow"] = ["WallClockWindow": ["Timezone": .string(timeZone)]]
        }
    }
}

extension MetricStatistic {
    /// The statistics that `Statistic` takes; all others are for `ExtendedStatistic`.
    static let plainStatistics: Set<String> = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"]

    fileprivate func addToAlarm(_ input: inout JSONObject) {
        input["Namespace"] = .string(namespace)
        input["MetricName"] = .string(metric)
        if !dimensions.isEmpty { input["Dimensions"] = dimensionList }
        input[Self.plainStatistics.contains(statistic) ? "Statistic" : "ExtendedStatistic"] = .string(statistic)
        input["Period"] = JSONValue(period)
        if let unit { input["Unit"] = .string(unit) }
    }

    fileprivate var json: JSONValue {
        var metric: JSONObject = ["Namespace": .string(namespace), "MetricName": .string(self.metric)]
        if !dimensions.isEmpty { metric["Dimensions"] = dimensionList }
        var json: JSONObject = [
            "Metric": .object(metric), "Period": JSONValue(period), "Stat": .string(statistic),
        ]
        if let unit { json["Unit"] = .string(unit) }
        return .object(json)
    }

    private var dimensionList: JSONValue {
        .array(
            dimensions.sorted { $0.key < $1.key }.map { ["Name": .string($0.key), "Value": .string($0.value)] })
    }
}

extension MetricQuery {
    fileprivate var json: JSONValue {
        var json: JSONObject = ["Id": .string(id)]
        switch source {
        case .metric(let statistic, let account):
            json["MetricStat"] = statistic.json
            if let account { json["AccountId"] = .string(account) }
        case .expression(let expression, let period):
            json["Expression"] = .string(expression)
            if let period { json["Period"] = JSONValue(period) }
        }
        if let label { json["Label"] = .string(label) }
        json["ReturnData"] = .bool(returnsData)
        return .object(json)
    }
}

extension PromQLCondition {
    fileprivate func add(to input: inout JSONObject) {
        input["EvaluationCriteria"] = [
            "PromQLCriteria": [
                "Query": .string(query), "PendingPeriod": JSONValue(pendingSeconds),
                "RecoveryPeriod": JSONValue(recoverySeconds),
            ]
        ]
        input["EvaluationInterval"] = JSONValue(interval)
    }
}

extension CompositeCondition {
    fileprivate func add(to input: inout JSONObject) {
        input["AlarmRule"] = .string(rule.description)
        guard let suppressor else { return }
        input["ActionsSuppressor"] = .string(suppressor.alarm)
        input["ActionsSuppressorWaitPeriod"] = JSONValue(suppressor.waitSeconds)
        input["ActionsSuppressorExtensionPeriod"] = JSONValue(suppressor.extensionSeconds)
    }
}

extension LogCondition {
    fileprivate func add(to input: inout JSONObject) {
        input["ScheduledQueryConfiguration"] = [
            "QueryString": .string(query), "LogGroupIdentifiers": .strings(logGroups),
            "ScheduledQueryRoleARN": .string(queryRoleARN),
            "ScheduleConfiguration": [
                "ScheduleExpression": .string(schedule), "StartTimeOffset": JSONValue(startOffset),
            ],
            "AggregationExpression": .string(aggregation),
        ]
        input["QueryResultsToEvaluate"] = JSONValue(resultsToEvaluate)
        input["QueryResultsToAlarm"] = JSONValue(resultsToAlarm)
        input["ComparisonOperator"] = .string(comparison.rawValue)
        input["Threshold"] = .double(threshold)
        input["TreatMissingData"] = .string(missingData.rawValue)
        if actionLogLines > 0 { input["ActionLogLineCount"] = JSONValue(actionLogLines) }
        if actionLogLines > 0, let role = actionLogLineRoleARN { input["ActionLogLineRoleArn"] = .string(role) }
    }
}

extension JSONValue {
    fileprivate static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}

extension Duration {
    /// ISO 8601 in days, hours, minutes and seconds: `P1DT2H30M`.
    var iso8601: String {
        let seconds = components.seconds
        let (days, hours, minutes, rest) = (
            seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60
        )
        var time = hours == 0 ? "" : "\(hours)H"
        if minutes != 0 { time += "\(minutes)M" }
        if rest != 0 || seconds == 0 { time += "\(rest)S" }
        return "P" + (days == 0 ? "" : "\(days)D") + (time.isEmpty ? "" : "T" + time)
    }
}
