import Basics
import Events
import JSON

extension Source {
    static let cloudMonitorAlarm = Source(rawValue: "cloudmonitor-alarm")
}

extension InputFormat {
    static let cloudMonitorAlarm = InputFormat("CloudMonitor alarm", read: CloudMonitorAlarm.read)
}

/// CloudMonitor's callback about a threshold: form fields, in which a missing value is the word `null`.
///
/// https://www.alibabacloud.com/help/en/cms/user-guide/use-the-alert-callback-feature-to-send-alert-notifications
enum CloudMonitorAlarm {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["alertName"] != nil, object["alertState"] != nil else {
            return nil
        }
        guard let name = object.text("alertName"), let state = object.text("alertState") else {
            throw EventError(.missingField, at: "alertName, alertState", "must be text")
        }
        let region = object.text("regionId")
        let dimensions = dimensions(object.text("dimensions"))
        let severity = severity(state, level: object.text("triggerLevel"))
        var notification = message.notification(
            "\(state): \"\(name)\"\(AlibabaRegion.place(region))", source: .cloudMonitorAlarm, severity: severity)
        notification.text = sentence(object)
        notification.state = StateChange(to: state)
        notification.time = object["timestamp"]?.timestamp ?? message.time
        notification.account = object.text("userId") ?? dimensions.first { $0.name == "userId" }?.value
        notification.region = region
        let about = dimensions.filter { $0.name != "userId" }.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
        notification.resource =
            dimensions.first { $0.name == "instanceId" }?.value ?? object.text("instanceName") ?? name
        let key = "cloudmonitor|\(object.text("ruleId") ?? name)|\(object.text("groupId") ?? "")|\(about)"
        notification.incidentKey = key
        let time = object.text("timestamp") ?? message.id
        // CloudMonitor calls again after a failure, and gives its calls no id.
        notification.dedupeKey = message.dedupeKey("\(key)|\(state)|\(object.text("triggerLevel") ?? "")|\(time)")
        add(object, about, to: &notification)
        let instance = dimensions.first { $0.name == "instanceId" }?.value
        notification.links.add("Instance", instance.flatMap { AlibabaConsole.ecs($0, region: region) })
        notification.links.add("CloudMonitor", AlibabaConsole.cloudMonitor)
        return [notification]
    }

    private static func add(_ object: JSONObject, _ dimensions: String, to notification: inout Notification) {
        notification.fields.add("Metric", metric(object))
        if notification.text.isEmpty {
            notification.fields.add("Condition", condition(object))
            notification.fields.add("Instance", object.text("instanceName"))
        }
        notification.fields.add("Lasting", object.text("lastTime").map(duration))
        notification.fields.add("Dimensions", dimensions)
        let levels = [object.text("preTriggerLevel"), object.text("triggerLevel")].compactMap { $0 }
        if notification.severity != .ok { notification.fields.add("Level", levels.joined(separator: " → ")) }
        notification.fields.add("Group", object.text("productGroupName", "groupId"))
    }

    private static func severity(_ state: String, level: String?) -> Severity {
        switch state {
        case "OK": .ok
        case "INSUFFICIENT_DATA": .warning
        default: level.flatMap { Severity(word: $0) }.flatMap { $0 == .ok ? nil : $0 } ?? .critical
        }
    }

    private static func metric(_ object: JSONObject) -> String? {
        guard let name = object.text("rawMetricName", "metricName") else {
            return object.text("metricProject", "namespace")
        }
        return [object.text("namespace", "metricProject"), name].compactMap { $0 }.joined(separator: " ")
    }

    private static func value(_ object: JSONObject) -> String? {
        guard let value = object.text("curValue") else { return nil }
        let number = Double(value).map { readable($0) } ?? value
        // 个 is the unit of plain counts; English has no word for it.
        return object.text("unit").flatMap { $0 == "个" ? nil : number + " " + $0 } ?? number
    }

    /// The rule, with the metric's name in place of `$Value`; newer rules are JSON lists, which become lines.
    private static func condition(_ object: JSONObject) -> String? {
        guard let text = object.text("expression") else { return nil }
        let parsed = IncomingMessage.parse(text)
        if parsed.stringValue == nil { return JSONFields.readable(parsed) }
        guard let range = text.place(of: "$Value") else { return text }
        return text[..<range.lowerBound] + (object.text("rawMetricName", "metricName") ?? "value")
            + text[range.upperBound...]
    }

    private static func sentence(_ object: JSONObject) -> String {
        guard let value = value(object) else { return "" }
        let metric = object.text("rawMetricName", "metricName") ?? "The value"
        let whose = object.text("instanceName").map { " of \($0)" } ?? ""
        let rule = condition(object).map { ($0.containsBytes("\n") ? ". Rule:\n" : "; rule: ") + $0 } ?? ""
        return "\(metric)\(whose) is \(value)\(rule)"
    }

    /// `2分钟` is `2 min`.
    private static func duration(_ text: String) -> String {
        for (suffix, unit) in [("分钟", "min"), ("小时", "h"), ("秒", "s"), ("天", "d")] where text.hasSuffix(suffix) {
            return text.dropLast(suffix.count).trimmed + " " + unit
        }
        return text
    }

    /// `{userId=1, instanceId=i-1}`, or JSON: an object or a list of objects.
    static func dimensions(_ text: String?) -> [AlarmMetric.Dimension] {
        guard let text else { return [] }
        let parsed = IncomingMessage.parse(text)
        if parsed.stringValue == nil {
            return parsed.elements.flatMap { element in
                (element.objectValue ?? [:]).compactMap { key, value in value.text.map { .init(name: key, value: $0) } }
            }
        }
        var inner = text[...]
        if inner.hasPrefix("{"), inner.hasSuffix("}") { inner = inner.dropFirst().dropLast() }
        return inner.parts(",").compactMap { pair in
            guard let sign = pair.firstIndex(of: "=") else { return nil }
            let value = pair[pair.index(after: sign)...].trimmed
            return value.isEmpty || value == "null" ? nil : .init(name: pair[..<sign].trimmed, value: value)
        }
    }
}
