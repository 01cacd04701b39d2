import Basics
import Events
import JSON

/// An event of Amazon EventBridge; also one of CodeStar notifications, which spells `detailType`.
///
/// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
struct EventBridgeEvent {
    let source: String
    let type: String
    let id: String
    let account: String?
    let region: String?
    let time: Timestamp
    let resources: [String]
    let detail: JSONObject
    let message: InputMessage

    /// Nil for a message of another kind.
    init?(_ message: InputMessage) {
        guard let object = message.value.objectValue, let type = object.text("detail-type", "detailType"),
            let source = object.text("source")
        else { return nil }
        self.source = source
        self.type = type
        id = object.text("id") ?? message.id
        account = object.text("account")
        region = object.text("region")
        time = object["time"]?.timestamp ?? message.time
        resources = object["resources"]?.texts ?? []
        detail = object["detail"]?.objectValue ?? [:]
        self.message = message
    }

    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let event = EventBridgeEvent(message) else { return nil }
        return switch event.source {
        case "aws.ec2": [event.ec2]
        case "aws.ecs": [event.ecs]
        case "aws.autoscaling": [event.autoScaling]
        case "aws.health": [event.health]
        case "aws.guardduty": [event.guardDuty]
        case "aws.securityhub": event.securityHub
        case "aws.backup": [event.backup]
        case "aws.codepipeline": [event.codePipeline]
        case "aws.codebuild": [event.codeBuild]
        case "aws.synthetics": [event.synthetics]
        default: [event.other]
        }
    }

    /// The start of every notification made of this event.
    func notification(_ title: String, _ source: Source, _ severity: Severity) -> Notification {
        var notification = message.notification(title, source: source, severity: severity)
        notification.time = time
        notification.dedupeKey = id
        notification.account = account
        notification.region = region
        notification.resource = resources.first
        return notification
    }

    /// A member of the detail.
    func text(_ key: String) -> String? { detail[key]?.text }

    /// Pages of the event's region.
    var console: Console? { Console(region: region) }

    /// ` in Europe (Frankfurt)`, or nothing.
    var place: String { AWSRegion.place(region) }

    /// Any other event: its type as title, the members of its detail as fields.
    var other: Notification {
        let severity = text("severity").flatMap(Severity.init(word:)) ?? message.severity(or: .info)
        var notification = notification("\(type)\(place)", .eventBridge, severity)
        let told = ["title", "message", "description", "reason"].first { text($0) != nil }
        notification.text = told.flatMap { text($0) } ?? ""
        notification.fields.add("Source", source)
        if !resources.isEmpty { notification.fields.add("Resources", resources.prefix(10).joined(separator: "\n")) }
        notification.fields += JSONFields.fields(of: .object(detail), leavingOut: Set(told.map { [$0] } ?? []))
        return notification
    }
}
