import AWSResources
import Basics
import Events
import JSON

extension Source {
    static let cloudWatchAlarm = Source(rawValue: "cloudwatch-alarm")
}

extension InputFormat {
    static let cloudWatchAlarm = InputFormat("CloudWatch alarm", read: CloudWatchAlarm.read)
}

/// A CloudWatch alarm's change of state, read from SNS, EventBridge or a direct invocation.
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
    /// CloudWatch's `NewStateReason`.
    var reason: String?
    var time: Timestamp

    var metrics: [AlarmMetric] = []
    /// The operator, such as `GreaterThanThreshold`.
    var comparison: String?
    var threshold: Double?
    /// The id of the metric that is the threshold of an anomaly alarm.
    var thresholdMetricID: String?
    var evaluationPeriods: Int?
    var datapointsToAlarm: Int?
    /// The datapoints that were compared with the threshold, in the reason's order.
    var values: [Double] = []

    /// A composite alarm's rule; `children` are the alarms that made it change.
    var rule: String?
    var children: [Child] = []
    /// A log or PromQL alarm's query.
    var query: String?
    var logGroups: [String] = []
    /// The series that changed, of an alarm on many.
    var contributor: Contributor?

    var tags: [String: String] = [:]
    /// Fields that only some alarms have.
    var notes: [Field] = []

    @Sendable fileprivate static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
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
    /// Whether it is the band of an anomaly alarm, which is compared with but is not a metric of its own.
    fileprivate var isBand: Bool {
        if case .expression(let text) = kind { text.hasPrefix("ANOMALY_DETECTION_BAND") } else { false }
    }
}

extension CloudWatchAlarm {
    /// Reads what an alarm sends to a topic.
    ///
    /// Its `Region` is a display name, so the region is taken from the ARN.
    private init(notification object: JSONObject, _ message: IncomingMessage) throws(EventError) {
        let arn = ARN(object.text("AlarmArn"))
        guard let name = object.text("AlarmName") ?? arn?.name else {
            throw EventError(.missingField, at: "AlarmName", "is missing")
        }
        guard let state = object.text("NewStateValue") else {
            throw EventError(.wrongType, at: "NewStateValue", "must be a state")
        }
        self.name = name
        self.arn = object.text("AlarmArn")
        account = object.text("AWSAccountId") ?? arn?.account
        region = arn?.region ?? ARN(message.topicARN)?.region
        description = object.text("AlarmDescription")
        self.state = StateChange(from: object.text("OldStateValue"), to: state)
        reason = object.text("NewStateReason")
        time = object["StateChangeTime"]?.timestamp ?? message.time
        rule = object.text("AlarmRule")
        children = (object["TriggeringChildren"]?.arrayValue ?? []).compactMap {
            Child($0["Arn"], $0["State"]?["Value"])
        }
        tags = Self.tags(object["AlarmTags"] ?? object["Tags"])
        contributor = Contributor(object["AlarmContributorId"], object["AlarmContributorAttributes"])
        if let trigger = object["Trigger"]?.objectValue { read(trigger: trigger) }
        read(logs: object)
        values = reason.map(Self.values(in:)) ?? []
        notes.add("Actions suppressed by", object.text("ActionsSuppressedBy"))
        if object["ActionExecutedAfterMuteWindow"]?.boolValue == true { notes.add("Note", "sent after a mute window") }
    }

    /// Reads what an alarm passes to a Lambda function (`alarmData`), or what EventBridge has in `detail`.
    private init(event: JSONObject, _ detail: JSONObject, _ message: IncomingMessage) throws(EventError) {
        arn = event.text("alarmArn") ?? event["resources"]?[0]?.text
        let parsed = ARN(arn)
        guard let name = detail.text("alarmName") ?? parsed?.name else {
            throw EventError(.missingField, at: "alarmName", "is missing")
        }
        guard let current = detail["state"]?.objectValue, let state = current.text("value") else {
            throw EventError(.missingField, at: "state.value", "is missing")
        }
        self.name = name
        account = event.text("accountId", "account") ?? parsed?.account
        region = event.text("region") ?? parsed?.region
        self.state = StateChange(from: detail["previousState"]?["value"]?.text, to: state)
        reason = current.text("reason")
        time = current["timestamp"]?.timestamp ?? event["time"]?.timestamp ?? message.time
        contributor = Contributor(detail["alarmContributor"]?["id"], detail["alarmContributor"]?["attributes"])
        tags = Self.tags(detail["alarmTags"])
        if let configuration = detail["configuration"]?.objectValue { read(configuration: configuration) }
        if let data = current.text("reasonData").flatMap({ try? JSONValue(parsing: $0) }) { read(reasonData: data) }
        if values.isEmpty { values = reason.map(Self.values(in:)) ?? [] }
        notes.add("Actions suppressed by", current.text("actionsSuppressedBy"))
        notes.add("Muted by", ARN(detail["muteDetail"]?["mutedByArn"]?.text)?.name)
    }

    private mutating func read(trigger: JSONObject) {
        if let metric = AlarmMetric(trigger: trigger) { metrics = [metric] }
        metrics += (trigger["Metrics"]?.arrayValue ?? []).compactMap(AlarmMetric.init(query:))
        comparison = trigger.text("ComparisonOperator")
        threshold = trigger["Threshold"]?.number
        thresholdMetricID = trigger.text("ThresholdMetricId")
        evaluationPeriods = trigger["EvaluationPeriods"]?.wholeNumber
        datapointsToAlarm = trigger["DatapointsToAlarm"]?.wholeNumber
        query = trigger["EvaluationCriteria"]?["PromQLCriteria"]?["Query"]?.text
        read(logs: trigger)
        // Metrics without a period of their own, such as Metrics Insights queries, use the alarm's.
        if let period = trigger["Period"]?.wholeNumber {
            for index in metrics.indices where metrics[index].period == nil { metrics[index].period = period }
        }
    }

    private mutating func read(configuration: JSONObject) {
        description = configuration.text("description")
        metrics = (configuration["metrics"]?.arrayValue ?? []).compactMap(AlarmMetric.init(query:))
        rule = configuration.text("alarmRule")
        comparison = configuration.text("comparisonOperator")
        threshold = configuration["threshold"]?.number
        evaluationPeriods = configuration["evaluationPeriods"]?.wholeNumber
        datapointsToAlarm = configuration["datapointsToAlarm"]?.wholeNumber
        query = configuration["evaluationCriteria"]?["promQLCriteria"]?["query"]?.text
        notes.add("Suppressor", configuration.text("actionsSuppressor"))
        read(logs: configuration)
    }

    private mutating func read(reasonData data: JSONValue) {
        threshold = threshold ?? data["threshold"]?.number
        values = (data["recentDatapoints"]?.arrayValue ?? []).compactMap(\.number)
        children = (data["triggeringAlarms"]?.arrayValue ?? []).compactMap { Child($0["arn"], $0["state"]?["value"]) }
        if period == nil, let period = data["period"]?.wholeNumber {
            for index in metrics.indices { metrics[index].period = period }
        }
    }

    /// Reads a log alarm's query and its log lines.
    ///
    /// The documentation does not name the member of the lines.
    private mutating func read(logs object: JSONObject) {
        guard let text = object.text("QueryString", "queryString") else { return }
        query = text
        logGroups = (object["LogGroups"] ?? object["LogGroupIdentifiers"] ?? object["logGroupIdentifiers"])?.texts ?? []
        for key in ["LogLines", "LogEvents", "ActionLogLines"] {
            if let lines = object[key], !lines.isEmpty {
                let texts = lines.arrayValue.map { $0.map(JSONFields.readable) } ?? [JSONFields.readable(lines)]
                notes.add("Log lines", texts.prefix(10).joined(separator: "\n"), isShort: false)
            }
        }
    }

    /// Reads `[{"Key":…,"Value":…}]` or an object.
    private static func tags(_ value: JSONValue?) -> [String: String] {
        var tags: [String: String] = [:]
        for (key, value) in value?.objectValue ?? [:] { tags[key] = value.text }
        for tag in value?.arrayValue ?? [] {
            if let key = tag.objectValue?.text("Key", "key") { tags[key] = tag.objectValue?.text("Value", "value") }
        }
        return tags
    }
}

extension CloudWatchAlarm.Child {
    init?(_ arn: JSONValue?, _ state: JSONValue?) {
        guard let text = arn?.text else { return nil }
        self.init(name: ARN(text)?.name ?? text, state: state?.text ?? "unknown")
    }
}

extension CloudWatchAlarm.Contributor {
    init?(_ id: JSONValue?, _ attributes: JSONValue?) {
        guard let id = id?.text else { return nil }
        let members = attributes?.objectValue ?? [:]
        self.init(
            id: id, attributes: members.compactMap { key, value in value.text.map { .init(name: key, value: $0) } })
    }
}

/// One series of an alarm: a metric with its statistic, or an expression over others.
struct AlarmMetric: Sendable, Hashable {
    struct Dimension: Sendable, Hashable {
        let name: String
        let value: String
    }

    enum Kind: Sendable, Hashable {
        case statistic(namespace: String, name: String, dimensions: [Dimension], statistic: String?)
        case expression(String)
    }

    var id: String?
    var kind: Kind
    var label: String?
    /// In seconds.
    var period: Int?
    var unit: String?
    /// The account that owns it, when that is not the alarm's.
    var account: String?
    /// CloudWatch's `ReturnData`: false for a metric that only other expressions use.
    var isReturned = true

    /// For messages: the label, the metric's name, or the expression if it has at most 40 bytes.
    var name: String {
        switch kind {
        case .statistic(_, let name, _, _): label ?? name
        case .expression(let text): label ?? (text.utf8.count <= 40 ? text : "the query's result")
        }
    }
}

extension AlarmMetric {
    /// SNS's `Trigger` of an alarm on one metric.
    init?(trigger: JSONObject) {
        guard let name = trigger.text("MetricName") else { return nil }
        self.init(
            kind: .statistic(
                namespace: trigger.text("Namespace") ?? "", name: name,
                dimensions: Self.dimensions(trigger["Dimensions"]),
                statistic: trigger.text("ExtendedStatistic", "extendedStatistic", "Statistic").map(Self.statistic)
            ),
            period: trigger["Period"]?.wholeNumber, unit: Self.unit(trigger["Unit"])
        )
    }

    /// Reads an element of `Trigger.Metrics` (SNS, capitals) or `configuration.metrics` (EventBridge, small letters).
    init?(query: JSONValue) {
        guard let query = query.objectValue else { return nil }
        let stat = (query["MetricStat"] ?? query["metricStat"])?.objectValue
        let metric = (stat?["Metric"] ?? stat?["metric"])?.objectValue
        if let stat, let metric, let name = metric.text("MetricName", "name") {
            kind = .statistic(
                namespace: metric.text("Namespace", "namespace") ?? "", name: name,
                dimensions: Self.dimensions(metric["Dimensions"] ?? metric["dimensions"]),
                statistic: stat.text("Stat", "stat")
            )
        } else if let expression = query.text("Expression", "expression") {
            kind = .expression(expression)
        } else {
            return nil
        }
        id = query.text("Id", "id")
        label = query.text("Label", "label")
        period = (stat?["Period"] ?? stat?["period"] ?? query["Period"] ?? query["period"])?.wholeNumber
        unit = Self.unit(stat?["Unit"] ?? stat?["unit"])
        account = query.text("AccountId", "accountId")
        isReturned = (query["ReturnData"] ?? query["returnData"])?.boolValue ?? true
    }

    /// Reads `[{"name":…,"value":…}]`, also with capitals, or `{"InstanceId":"i-1"}`.
    private static func dimensions(_ value: JSONValue?) -> [Dimension] {
        if let object = value?.objectValue {
            return object.compactMap { name, value in value.text.map { Dimension(name: name, value: $0) } }
        }
        return (value?.arrayValue ?? []).compactMap { element in
            guard let object = element.objectValue, let name = object.text("name", "Name"),
                let value = object.text("value", "Value")
            else { return nil }
            return Dimension(name: name, value: value)
        }
    }

    /// The API's spelling of what SNS writes in capitals: `AVERAGE` is `Average`; `p99` stays.
    private static func statistic(_ name: String) -> String {
        switch name.lowercased() {
        case "average": "Average"
        case "sum": "Sum"
        case "minimum": "Minimum"
        case "maximum": "Maximum"
        case "samplecount": "SampleCount"
        default: name
        }
    }

    private static func unit(_ value: JSONValue?) -> String? { value?.text.flatMap { $0 == "None" ? nil : $0 } }
}
