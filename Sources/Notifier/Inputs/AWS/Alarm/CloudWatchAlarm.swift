import Events
import JSON

/// A CloudWatch alarm's change of state, in whichever form it arrived.
struct CloudWatchAlarm: Sendable {
    struct Child: Sendable, Hashable {
        let name: String
        let state: String
    }

    struct Contributor: Sendable, Hashable {
        let id: String
        let attributes: [AlarmMetric.Dimension]
    }

    var name: String
    var arn: String?
    var account: String?
    /// The region's id.
    var region: String?
    var description: String?
    var state: StateChange
    /// Why, in CloudWatch's words.
    var reason: String?
    var time: Timestamp

    var metrics: [AlarmMetric] = []
    /// The operator, such as `GreaterThanThreshold`.
    var comparison: String?
    var threshold: Double?
    /// The metric that is the threshold, of an anomaly alarm.
    var thresholdMetricID: String?
    var evaluationPeriods: Int?
    var datapointsToAlarm: Int?
    /// The compared values, in the reason's order.
    var values: [Double] = []

    /// A composite alarm's rule, and the alarms that changed it.
    var rule: String?
    var children: [Child] = []
    /// A log or PromQL alarm's query.
    var query: String?
    var logGroups: [String] = []
    /// Of an alarm on many series: the one that changed.
    var contributor: Contributor?

    var tags: [String: String] = [:]
    /// Facts that only some alarms have.
    var notes: [Field] = []

    /// Reads all forms that an alarm's action or event has.
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue else { return nil }
        if object["AlarmName"] != nil || object["AlarmArn"] != nil, object["NewStateValue"] != nil {
            return [try CloudWatchAlarm(notification: object, message).notification(of: message)]
        }
        if let data = object["alarmData"]?.objectValue {
            return [try CloudWatchAlarm(event: object, data, message).notification(of: message)]
        }
        let type = object.text("detail-type") ?? ""
        guard type.hasPrefix("CloudWatch Alarm"), let detail = object["detail"]?.objectValue else { return nil }
        if type == "CloudWatch Alarm Configuration Change" { return [configurationChange(object, detail, message)] }
        return [try CloudWatchAlarm(event: object, detail, message).notification(of: message)]
    }

    /// The series that is compared with the threshold.
    var watched: AlarmMetric? {
        metrics.first { $0.isReturned && $0.id != nil && $0.id != thresholdMetricID && !$0.isBand }
            ?? metrics.first { $0.isReturned && !$0.isBand } ?? metrics.first
    }

    /// The period of the datapoints, in seconds.
    var period: Int? { watched?.period ?? metrics.compactMap(\.period).max() }
}

extension AlarmMetric {
    /// Whether it is the expected range of an anomaly alarm.
    var isBand: Bool {
        if case .expression(let text) = kind { text.hasPrefix("ANOMALY_DETECTION_BAND") } else { false }
    }
}
