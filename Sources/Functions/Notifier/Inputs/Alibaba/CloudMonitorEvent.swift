import Basics
import Events
import JSON

/// A system event of CloudMonitor, as an event rule sends it to FC.
///
/// https://www.alibabacloud.com/help/en/cms/user-guide/system-events
struct CloudMonitorEvent {
    let product: String
    let name: String
    /// `CRITICAL`, `WARN` or `INFO`; nil where the message does not tell.
    let level: String?
    /// `acs:ecs:cn-hangzhou:<account>:instance/i-…`, or an id.
    let resource: String?
    let resourceName: String?
    let account: String?
    let region: String?
    let time: Timestamp?
    let id: String?
    /// The event's own facts.
    let content: JSONValue

    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["specversion"] == nil,
            let event = CloudMonitorEvent(object)
        else { return nil }
        return [event.notification(of: message)]
    }

    private init?(_ object: JSONObject) {
        guard let name = object.text("name"), let level = object.text("level")?.uppercased(),
            ["INFO", "WARN", "CRITICAL"].contains(level),
            object["product"] ?? object["resourceId"] ?? object["eventTime"] ?? object["ver"] ?? object["content"]
                != nil
        else { return nil }
        product = object.text("product") ?? "CloudMonitor"
        self.name = name
        self.level = level
        resource = object.text("resourceId")
        resourceName = object.text("instanceName")
        account = object.text("userId")
        region = object.text("regionId")
        time = object["eventTime"]?.timestamp
        id = object.text("id", "traceId")
        let content = object["content"] ?? .null
        self.content = content.stringValue.map(InputMessage.parse) ?? content
    }

    /// `ecs:Instance:StateChange` from `acs.ecs`; nil for other things than resources' events.
    init?(cloudEvent object: JSONObject, type: String, source: String, _ message: InputMessage) {
        let data = CloudEvent.data(object)
        guard let colon = type.firstIndex(of: ":"), data.objectValue != nil else { return nil }
        let tail = source.split(separator: ".").last.map { String($0) } ?? source
        product = tail.count <= 4 ? tail.uppercased() : tail.capitalized
        name = String(type[type.index(after: colon)...])
        level = data["level"]?.text?.uppercased()
        resource = object.text("subject") ?? data["resourceId"]?.text
        resourceName = data["instanceName"]?.text
        account = object.text("aliyunaccountid")
        region = object.text("aliyunregionid") ?? data["regionId"]?.text
        time = message.time
        id = message.id
        content = data
    }

    /// `ECS i-1: restart for system maintenance scheduled in China (Hangzhou)`, and the event's facts.
    func notification(of message: InputMessage) -> Notification {
        let name = CloudMonitorEventName(name)
        let state = self.state
        let resourceID = resource?.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map { String($0) }
        let whose = (resourceName ?? resourceID).map { " " + $0 } ?? ""
        let isStateChange = self.name.hasSuffix("StateChange") || self.name.hasSuffix("StatusChange")
        let what = (isStateChange ? state.map { " is now \(words($0))" } : nil) ?? ": \(name.text)"
        var notification = message.notification(
            "\(product)\(whose)\(what)\(AlibabaRegion.place(region))", source: .cloudMonitorEvent,
            severity: severity(name))
        notification.state = state.map { StateChange(to: $0) }
        notification.time = time ?? message.time
        notification.dedupeKey = id.map { "cloudmonitor|\($0)|\(self.name)" } ?? message.id
        notification.incidentKey = resource.map { "\($0)|\(name.incident)" }
        notification.account = account
        notification.region = region
        notification.resource = resource
        notification.fields.add("Event", self.name)
        if resourceName != nil { notification.fields.add("Resource", resourceID) }
        // What the title and the resource say already.
        let told: Set<String> = ["resourceId", "resourceType", "level", "eventType"]
        notification.fields += JSONFields.fields(of: content, leavingOut: told).filter { field in
            field.value != resourceID && !(isStateChange && field.value == state)
        }.map { Field(words($0.name).capitalized, $0.value) }
        if !name.isOver { notification.fields.add("Level", level) }
        notification.links.add("Resource", resourceID.flatMap { AlibabaConsole.ecs($0, region: region) })
        notification.links.add("CloudMonitor", AlibabaConsole.cloudMonitor)
        return notification
    }

    private var state: String? { (content["state"] ?? content["status"] ?? content["Status"])?.text }

    private func severity(_ name: CloudMonitorEventName) -> Severity {
        if name.isOver { return .ok }
        return level.flatMap { Severity(word: $0) } ?? (name.isSevere ? .critical : .info)
    }
}

/// A CloudEvent, which Alibaba Cloud's EventBridge delivers; those of CloudMonitor become what they are without it.
///
/// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
enum CloudEvent {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["specversion"] != nil, let type = object.text("type")
        else { return nil }
        let source = object.text("source") ?? ""
        var inner = message
        inner.id = "\(source)|\(object.text("id") ?? message.id)"
        inner.time = object["time"]?.timestamp ?? message.time
        if source.hasPrefix("acs."),
            let event = CloudMonitorEvent(cloudEvent: object, type: type, source: source, inner)
        {
            return [event.notification(of: inner)]
        }
        let data = data(object)
        var notification = inner.notification(
            type + (object.text("subject").map { ": \($0)" } ?? ""), source: .cloudEvents,
            severity: data["severity"]?.text.flatMap(Severity.init(word:)) ?? message.severity(or: .info)
        )
        notification.account = object.text("aliyunaccountid") ?? notification.account
        notification.region = object.text("aliyunregionid") ?? notification.region
        notification.resource = object.text("subject") ?? source
        if case .string(let text) = data {
            notification.text = text.trimmed
        } else {
            notification.fields = JSONFields.fields(of: data)
        }
        notification.fields.add("Source", source)
        return [notification]
    }

    /// The payload, which may be text that holds JSON, or base64.
    static func data(_ object: JSONObject) -> JSONValue {
        if let encoded = object["data_base64"]?.stringValue, let bytes = Base64.decode(encoded) {
            return InputMessage.parse(String(decoding: bytes, as: UTF8.self))
        }
        let data = object["data"] ?? .null
        return data.stringValue.map(InputMessage.parse) ?? data
    }
}

/// FC's timer trigger: its payload is a message of its own.
///
/// https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/time-triggers
enum TimerEvent {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, let time = object["triggerTime"]?.timestamp,
            let name = object.text("triggerName")
        else { return nil }
        var inner = message
        inner.id = "timer|\(name)|\(time.microseconds)"
        inner.time = time
        if let payload = object["payload"]?.stringValue?.nonBlank {
            inner.value = InputMessage.parse(payload)
            // A timer within a timer would be a message without an end.
            if inner.value["triggerTime"] == nil {
                return inner.notifications.map { notification in
                    var notification = notification
                    notification.fields.add("Timer", name)
                    return notification
                }
            }
        }
        return [inner.notification("Timer \(name)", source: .timer)]
    }
}
