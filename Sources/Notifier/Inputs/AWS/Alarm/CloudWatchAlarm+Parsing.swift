import Events
import JSON

extension CloudWatchAlarm {
    /// What an alarm sends to a topic; `Region` is a name for people there, so the ARN tells the region.
    init(notification object: JSONObject, _ message: InputMessage) throws(EventError) {
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

    /// What an alarm hands to a Lambda function (`alarmData`), and what EventBridge has in `detail`.
    init(event: JSONObject, _ detail: JSONObject, _ message: InputMessage) throws(EventError) {
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
        // Metrics without a period of their own, such as Metrics Insights queries, have the alarm's.
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

    /// A log alarm's query; its log lines too, of which no documentation tells the name.
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

    /// `[{"Key","Value"}]` or an object.
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
