import Basics
import Events
import JSON

extension Source {
    static let cloudMonitorEvent = Source(rawValue: "cloudmonitor-event")
    static let cloudEvents = Source(rawValue: "cloudevents")
    static let timer = Source(rawValue: "timer")
}

/// What FC's triggers deliver.
extension InputFormat {
    static let cloudMonitorEvent = InputFormat("CloudMonitor event", read: CloudMonitorEvent.read)
    static let cloudEvent = InputFormat("CloudEvent", read: CloudEventMessage.read)
    /// A timer without a payload; the payload of others has been unwrapped, and is a message of its own.
    static let timer = InputFormat("timer") { message in
        guard let timer = message.timer, message.value["triggerTime"] != nil else { return nil }
        return [message.notification("Timer \(timer)", source: .timer)]
    }
}

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
    /// What the event tells beside the members above.
    let content: JSONValue

    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["specversion"] == nil,
            let event = CloudMonitorEvent(object)
        else { return nil }
        return [event.notification(of: message)]
    }

    private init?(_ object: JSONObject) {
        let resource = object.text("resourceId", "resourceID")
        // Newer events can do without a level; they have the resource of Alibaba Cloud instead.
        guard let name = object.text("name"),
            let level = object.text("level")?.uppercased() ?? resource.map({ _ in "" }),
            ["INFO", "WARN", "CRITICAL"].contains(level) || level.isEmpty && resource?.hasPrefix("acs:") == true,
            object["product"] ?? object["eventTime"] ?? object["ver"] ?? object["content"] != nil || resource != nil
        else { return nil }
        product = object.text("product") ?? "CloudMonitor"
        // The status stands in the name, or beside it; `Normal` says nothing.
        let status = object.text("status").flatMap { CloudMonitorEventName.isStatus($0) ? $0 : nil }
        self.name = status.map { name.hasSuffix(":" + $0) ? name : "\(name):\($0)" } ?? name
        self.level = level.isEmpty ? nil : level
        self.resource = resource
        resourceName = object.text("instanceName")
        account = object.text("userId", "userID")
        region = object.text("regionId", "regionID")
        time = object["eventTime"]?.timestamp
        id = object.text("id", "traceId")
        let content = object["content"] ?? .null
        self.content = content.stringValue.map(IncomingMessage.parse) ?? content
    }

    /// Such as `ecs:Instance:StateChange` from `acs.ecs`; nil for events of other sources, or without JSON data.
    init?(_ event: CloudEvent) {
        guard event.source.hasPrefix("acs."), let colon = event.type.firstIndex(of: ":"),
            event.data.objectValue != nil
        else { return nil }
        let service = event.source.split(separator: ".").last.map { String($0) } ?? event.source
        product = service.count <= 4 ? service.uppercased() : service.capitalized
        name = String(event.type[event.type.index(after: colon)...])
        level = event.data["level"]?.text?.uppercased()
        resource = event.subject ?? event.data["resourceId"]?.text
        resourceName = event.data["instanceName"]?.text
        account = event.account
        region = event.region ?? event.data["regionId"]?.text
        time = event.time
        id = event.id
        content = event.data
    }

    /// `ECS i-1: restart for system maintenance scheduled in China (Hangzhou)`, and the event's facts.
    func notification(of message: IncomingMessage) -> Notification {
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
        notification.dedupeKey = id.map { message.dedupeKey("cloudmonitor|\($0)|\(self.name)") } ?? message.id
        notification.incidentKey = resource.map { "\($0)|\(name.incident)" }
        notification.account = account
        notification.region = region
        notification.resource = resource
        notification.fields.add("Event", self.name)
        if resourceName != nil { notification.fields.add("Resource", resourceID) }
        // The title and the resource have these already.
        let shown: Set<String> = ["resourceId", "resourceType", "level", "eventType"]
        notification.fields += JSONFields.fields(of: content, leavingOut: shown).filter { field in
            field.value != resourceID && !(isStateChange && field.value == state)
        }.map { Field(fieldName($0.name), $0.value) }
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

/// A CloudEvent; one of a resource of Alibaba Cloud is shown like the same event without the CloudEvent around it.
private enum CloudEventMessage {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let event = CloudEvent(message) else { return nil }
        var inner = message
        (inner.id, inner.time) = (message.dedupeKey(event.id), event.time)
        if let event = CloudMonitorEvent(event) { return [event.notification(of: inner)] }
        let state = StateReading(event.data.objectValue ?? [:])
        var notification = inner.notification(
            event.type + (event.subject.map { ": \($0)" } ?? ""), source: .cloudEvents,
            severity: state.severity ?? .info
        )
        notification.state = state.word.map { StateChange(to: $0) }
        notification.account = event.account ?? notification.account
        notification.region = event.region ?? notification.region
        notification.resource = event.subject ?? event.source
        if case .string(let text) = event.data {
            notification.text = text.trimmed
        } else {
            notification.fields = JSONFields.fields(of: event.data)
        }
        notification.fields.add("Source", event.source)
        return [notification]
    }
}
