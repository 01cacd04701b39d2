import Basics

/// One setting in words: `threshold`, `80`.
public struct AlarmSetting: Sendable, Hashable {
    /// Such as `missing data`.
    public let name: String
    /// Such as `notBreaching`.
    public let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension Alarm {
    /// Every setting in words but the tags, for people who compare two alarms.
    ///
    /// Alarms of the same type have the same names in the same order; settings that have no value are left out.
    public var settings: [AlarmSetting] {
        var settings = [AlarmSetting("type", typeName)]
        switch condition {
        case .metric(let condition): settings += condition.settings
        case .promQL(let condition):
            settings += [
                AlarmSetting("query", condition.query),
                AlarmSetting("pending", Duration.seconds(condition.pendingSeconds).text),
                AlarmSetting("recovery", Duration.seconds(condition.recoverySeconds).text),
                AlarmSetting("interval", Duration.seconds(condition.interval).text),
            ]
        case .composite(let condition): settings += condition.settings
        case .log(let condition): settings += condition.settings
        }
        settings += [
            AlarmSetting("alarm actions", actions.alarm.joined(separator: ", ")),
            AlarmSetting("ok actions", actions.ok.joined(separator: ", ")),
            AlarmSetting("insufficient data actions", actions.insufficientData.joined(separator: ", ")),
            AlarmSetting("actions", actions.areEnabled ? "enabled" : "disabled"),
            AlarmSetting("tags in messages", actions.propagatedTags?.text ?? ""),
            AlarmSetting("description", description),
        ]
        return settings.filter { !$0.value.isEmpty }
    }

    private var typeName: String {
        switch condition {
        case .metric: "metric"
        case .promQL: "PromQL"
        case .composite: "composite"
        case .log: "log"
        }
    }
}

extension MuteRule {
    /// Every setting in words but the tags.
    public var settings: [AlarmSetting] {
        [
            AlarmSetting("schedule", schedule), AlarmSetting("duration", duration.text),
            AlarmSetting("time zone", timeZone), AlarmSetting("alarms", alarms.joined(separator: ", ")),
            AlarmSetting("description", description),
        ].filter { !$0.value.isEmpty }
    }
}

extension TagPropagation {
    fileprivate var text: String {
        switch self {
        case .all: "all"
        case .only(let keys): keys.joined(separator: ", ")
        case .except(let keys): "all but " + keys.joined(separator: ", ")
        }
    }
}

extension MetricCondition {
    fileprivate var settings: [AlarmSetting] {
        var settings: [AlarmSetting] = []
        switch data {
        case .metric(let statistic):
            settings = [
                AlarmSetting("metric", "\(statistic.namespace) \(statistic.metric)"),
                AlarmSetting("dimensions", statistic.dimensionText), AlarmSetting("statistic", statistic.statistic),
                AlarmSetting("period", Duration.seconds(statistic.period).text),
                AlarmSetting("unit", statistic.unit ?? ""),
            ]
        case .queries(let queries): settings = queries.map { AlarmSetting($0.id, $0.text) }
        }
        switch threshold {
        case .value(let comparison, let value):
            settings += [AlarmSetting("comparison", comparison.sign), AlarmSetting("threshold", value.plainText)]
        case .band(let comparison, let id):
            settings += [AlarmSetting("comparison", "\(comparison)"), AlarmSetting("band", id)]
        }
        settings += [
            AlarmSetting("datapoints", "\(datapointsToAlarm) of \(evaluationPeriods)"),
            AlarmSetting("missing data", missingData.rawValue),
            AlarmSetting("few samples", evaluatesFewSamples ? "" : "ignored"),
        ]
        if let warmUp {
            let suffix = warmUp.evaluatesOnlyAfter ? ", evaluated only after" : ""
            settings.append(AlarmSetting("warm-up", Duration.seconds(60 * warmUp.minutes).text + suffix))
        }
        if case .wallClock(let timeZone)? = window { settings.append(AlarmSetting("window", "wall clock \(timeZone)")) }
        return settings
    }
}

extension MetricStatistic {
    fileprivate var dimensionText: String {
        dimensions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}

extension MetricQuery {
    fileprivate var text: String {
        var parts: [String]
        switch source {
        case .metric(let statistic, let account):
            parts = [
                "\(statistic.statistic) of \(statistic.namespace) \(statistic.metric)", statistic.dimensionText,
                Duration.seconds(statistic.period).text, statistic.unit ?? "", account.map { "account \($0)" } ?? "",
            ]
        case .expression(let text, let period): parts = [text, period.map { Duration.seconds($0).text } ?? ""]
        }
        parts += [label ?? "", returnsData ? "returned" : ""]
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }
}

extension CompositeCondition {
    fileprivate var settings: [AlarmSetting] {
        var settings = [AlarmSetting("rule", rule.description)]
        if let suppressor {
            settings += [
                AlarmSetting("suppressor", suppressor.alarm),
                AlarmSetting("suppressor wait", Duration.seconds(suppressor.waitSeconds).text),
                AlarmSetting("suppressor extension", Duration.seconds(suppressor.extensionSeconds).text),
            ]
        }
        return settings
    }
}

extension LogCondition {
    fileprivate var settings: [AlarmSetting] {
        [
            AlarmSetting("query", query), AlarmSetting("log groups", logGroups.joined(separator: ", ")),
            AlarmSetting("role", queryRoleARN), AlarmSetting("schedule", schedule),
            AlarmSetting("looks back", Duration.seconds(startOffset).text), AlarmSetting("aggregation", aggregation),
            AlarmSetting("comparison", comparison.sign), AlarmSetting("threshold", threshold.plainText),
            AlarmSetting("results", "\(resultsToAlarm) of \(resultsToEvaluate)"),
            AlarmSetting("missing data", missingData.rawValue),
            AlarmSetting("log lines", actionLogLines == 0 ? "" : "\(actionLogLines)"),
            AlarmSetting("role for log lines", actionLogLineRoleARN ?? ""),
        ]
    }
}

extension Double {
    /// `80` rather than `80.0`, as people write thresholds.
    package var plainText: String {
        let text = "\(self)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
