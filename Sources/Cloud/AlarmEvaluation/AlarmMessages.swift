import Basics
import CloudWatchAlarms
public import JSON

/// The messages of a change in CloudWatch's own forms.
///
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
enum AlarmMessages {
    /// `StateReasonData` of a composite.
    static func reasonData(triggeringAlarms children: [AlarmStateChange.Child]) -> String {
        let alarms = children.map { child -> JSONValue in
            [
                "arn": .string(child.arn),
                "state": [
                    "value": .string(child.state.rawValue), "timestamp": .string(child.since.withNumericZone),
                ],
            ]
        }
        return (["triggeringAlarms": .array(alarms)] as JSONValue).description
    }
}

extension AlarmStateChange {
    /// The subject of the SNS message: `ALARM: "cpu-high" in Europe (Frankfurt)`.
    public func subject(in location: AlarmLocation) -> String {
        "\(current.state.rawValue): \"\(alarm.name)\" in \(location.regionName)"
    }

    /// What CloudWatch publishes to a topic, as an object; the message is its JSON text.
    public func notification(in location: AlarmLocation) -> JSONObject {
        var message: JSONObject = [
            "AlarmName": .string(alarm.name),
            "AlarmDescription": alarm.description.isEmpty ? .null : .string(alarm.description),
            "AWSAccountId": .string(location.account),
            "NewStateValue": .string(current.state.rawValue), "NewStateReason": .string(current.reason.text),
            "StateChangeTime": .string(current.since.withNumericZone), "Region": .string(location.regionName),
            "AlarmArn": .string(arn), "OldStateValue": .string(previous.state.rawValue),
            "OKActions": .array(alarm.actions.ok.map { .string($0) }),
            "AlarmActions": .array(alarm.actions.alarm.map { .string($0) }),
            "InsufficientDataActions": .array(alarm.actions.insufficientData.map { .string($0) }),
        ]
        switch alarm.condition {
        case .metric(let condition): message["Trigger"] = .object(condition.trigger)
        case .promQL(let condition): message["Trigger"] = .object(condition.trigger)
        case .composite(let condition):
            message["AlarmRule"] = .string(condition.rule.description)
            message["TriggeringChildren"] = .array(
                triggeringChildren.map { child in
                    [
                        "Arn": .string(child.arn),
                        "State": [
                            "Value": .string(child.state.rawValue), "Timestamp": .string(child.since.withNumericZone),
                        ],
                    ]
                })
        case .log: break
        }
        if let contributor {
            message["AlarmContributorId"] = .string(contributor.id)
            message["AlarmContributorAttributes"] = .object(contributor.attributes.sortedObject)
        }
        if let tags = alarm.notificationTags {
            message["AlarmTags"] = .array(
                tags.map { ["Key": .string($0.key), "Value": .string($0.value)] })
        }
        if isAfterHold { message["ActionExecutedAfterMuteWindow"] = true }
        return message
    }

    /// The event `CloudWatch Alarm State Change`, or of a series `CloudWatch Alarm Contributor State Change`.
    /// - Parameter id: the event's id, different for each event.
    public func event(in location: AlarmLocation, id: String) -> JSONObject {
        var detail: JSONObject = ["alarmName": .string(alarm.name)]
        if let contributor {
            detail["alarmContributor"] = [
                "id": .string(contributor.id), "attributes": .object(contributor.attributes.sortedObject),
            ]
        }
        detail["configuration"] = .object(alarm.eventConfiguration)
        var state = current.eventState
        if contributor == nil {
            detail["previousState"] = .object(previous.eventState)
            let by: String? =
                switch hold {
                case .suppressor: "Alarm"
                case .waitPeriod: "WaitPeriod"
                case .extensionPeriod: "ExtensionPeriod"
                case .muted, nil: nil
                }
            if let by {
                state["actionsSuppressedBy"] = .string(by)
                state["actionsSuppressedReason"] = .string("Actions suppressed by \(by)")
            }
        }
        detail["state"] = .object(state)
        if case .muted(let rule, let window) = hold {
            let place = "\(location.partition):cloudwatch:\(location.region):\(location.account)"
            detail["muteDetail"] = [
                "mutedByArn": .string(
                    "arn:\(place):alarm-mute-rule:\(rule)"
                ),
                "muteWindowStart": .string(window.start.withNumericZone),
                "muteWindowEnd": .string(window.end.withNumericZone),
            ]
        }
        let type = contributor == nil ? "CloudWatch Alarm State Change" : "CloudWatch Alarm Contributor State Change"
        return [
            "version": "0", "id": .string(id), "detail-type": .string(type), "source": "aws.cloudwatch",
            "account": .string(location.account), "time": .string(time.iso8601(fractionDigits: 0)),
            "region": .string(location.region), "resources": [.string(arn)], "detail": .object(detail),
        ]
    }
}

// MARK: SNS

extension MetricCondition {
    /// `Trigger` of the SNS message.
    fileprivate var trigger: JSONObject {
        var trigger: JSONObject = [:]
        switch data {
        case .metric(let statistic):
            trigger["MetricName"] = .string(statistic.metric)
            trigger["Namespace"] = .string(statistic.namespace)
            if let plain = Self.plainStatistics[statistic.statistic] {
                trigger["StatisticType"] = "Statistic"
                trigger["Statistic"] = .string(plain)
            } else {
                trigger["StatisticType"] = "ExtendedStatistic"
                trigger["ExtendedStatistic"] = .string(statistic.statistic)
            }
            trigger["Unit"] = statistic.unit.map { .string($0) } ?? .null
            trigger["Dimensions"] = .array(statistic.namedDimensions("name", "value"))
        case .queries(let queries): trigger["Metrics"] = .array(queries.map { .object($0.triggerMetric) })
        }
        trigger["Period"] = JSONValue(period)
        trigger["EvaluationPeriods"] = JSONValue(evaluationPeriods)
        trigger["DatapointsToAlarm"] = JSONValue(datapointsToAlarm)
        switch threshold {
        case .value(let comparison, let limit):
            trigger["ComparisonOperator"] = .string(comparison.rawValue)
            trigger["Threshold"] = .double(limit)
        case .band(let comparison, let id):
            trigger["ComparisonOperator"] = .string(comparison.rawValue)
            trigger["ThresholdMetricId"] = .string(id)
        }
        trigger["TreatMissingData"] = .string(missingData.rawValue)
        trigger["EvaluateLowSampleCountPercentile"] = .string(evaluatesFewSamples ? "" : "ignore")
        return trigger
    }

    private static let plainStatistics = [
        "Average": "AVERAGE", "Sum": "SUM", "Minimum": "MINIMUM", "Maximum": "MAXIMUM", "SampleCount": "SAMPLE_COUNT",
    ]
}

extension PromQLCondition {
    fileprivate var trigger: JSONObject {
        [
            "EvaluationCriteria": [
                "PromQLCriteria": [
                    "Query": .string(query), "PendingPeriod": JSONValue(pendingSeconds),
                    "RecoveryPeriod": JSONValue(recoverySeconds),
                ]
            ],
            "EvaluationInterval": JSONValue(interval),
        ]
    }
}

extension MetricStatistic {
    /// A list of objects with these keys, in the order of the names.
    fileprivate func namedDimensions(_ name: String, _ value: String) -> [JSONValue] {
        dimensions.sorted { $0.key < $1.key }.map { [value: .string($0.value), name: .string($0.key)] }
    }
}

extension MetricQuery {
    fileprivate var triggerMetric: JSONObject {
        var object: JSONObject = ["Id": .string(id)]
        switch source {
        case .metric(let statistic, let account):
            if let account { object["AccountId"] = .string(account) }
            var stat: JSONObject = [
                "Metric": [
                    "Dimensions": .array(statistic.namedDimensions("name", "value")),
                    "MetricName": .string(statistic.metric), "Namespace": .string(statistic.namespace),
                ],
                "Period": JSONValue(statistic.period), "Stat": .string(statistic.statistic),
            ]
            if let unit = statistic.unit { stat["Unit"] = .string(unit) }
            object["MetricStat"] = .object(stat)
        case .expression(let text, let period):
            object["Expression"] = .string(text)
            if let period { object["Period"] = JSONValue(period) }
        }
        if let label { object["Label"] = .string(label) }
        object["ReturnData"] = .bool(returnsData)
        return object
    }
}

extension Alarm {
    /// The tags that its notifications carry, by key; nil when it propagates none.
    fileprivate var notificationTags: [(key: String, value: String)]? {
        guard let propagation = actions.propagatedTags else { return nil }
        let kept = tags.filter { tag in
            switch propagation {
            case .all: true
            case .only(let keys): keys.contains(tag.key)
            case .except(let keys): !keys.contains(tag.key)
            }
        }
        return kept.sorted { $0.key < $1.key }
    }
}

// MARK: EventBridge

extension AlarmStatus {
    fileprivate var eventState: JSONObject {
        var state: JSONObject = [
            "value": .string(self.state.rawValue), "reason": .string(reason.text),
            "timestamp": .string(since.withNumericZone),
        ]
        if let data = reason.data { state["reasonData"] = .string(data) }
        return state
    }
}

extension Alarm {
    fileprivate var eventConfiguration: JSONObject {
        var configuration: JSONObject = [:]
        if !description.isEmpty { configuration["description"] = .string(description) }
        switch condition {
        case .metric(let condition):
            switch condition.data {
            case .metric(let statistic):
                configuration["metrics"] = [
                    ["id": "m1", "metricStat": .object(statistic.eventStatistic), "returnData": true]
                ]
            case .queries(let queries): configuration["metrics"] = .array(queries.map { .object($0.eventMetric) })
            }
        case .promQL(let condition):
            configuration["evaluationCriteria"] = ["promQLCriteria": ["query": .string(condition.query)]]
            configuration["evaluationInterval"] = JSONValue(condition.interval)
        case .composite(let condition):
            configuration["alarmRule"] = .string(condition.rule.description)
            if let suppressor = condition.suppressor {
                configuration["actionsSuppressor"] = .string(suppressor.alarm)
                configuration["actionsSuppressorWaitPeriod"] = JSONValue(suppressor.waitSeconds)
                configuration["actionsSuppressorExtensionPeriod"] = JSONValue(suppressor.extensionSeconds)
            }
        case .log: break
        }
        return configuration
    }
}

extension MetricStatistic {
    fileprivate var eventStatistic: JSONObject {
        var object: JSONObject = [
            "metric": [
                "namespace": .string(namespace), "name": .string(metric),
                "dimensions": .object(dimensions.sortedObject),
            ],
            "period": JSONValue(period), "stat": .string(statistic),
        ]
        if let unit { object["unit"] = .string(unit) }
        return object
    }
}

extension MetricQuery {
    fileprivate var eventMetric: JSONObject {
        var object: JSONObject = ["id": .string(id)]
        switch source {
        case .metric(let statistic, let account):
            if let account { object["accountId"] = .string(account) }
            object["metricStat"] = .object(statistic.eventStatistic)
        case .expression(let text, let period):
            object["expression"] = .string(text)
            if let period { object["period"] = JSONValue(period) }
        }
        if let label { object["label"] = .string(label) }
        object["returnData"] = .bool(returnsData)
        return object
    }
}

extension [String: String] {
    fileprivate var sortedObject: JSONObject {
        JSONObject(sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }
}
