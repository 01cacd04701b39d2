import AWSResources
import Basics
import Events
import JSON

extension Source {
    static let eventBridge = Source(rawValue: "eventbridge")
}

extension InputFormat {
    /// Events of EventBridge: by the function of their source, or else by their type and the members of their detail.
    static let eventBridgeEvent = InputFormat("EventBridge event") { message in
        guard let event = EventBridgeEvent(message) else { return nil }
        return EventBridgeEvent.readers[event.source]?(event) ?? [event.other]
    }
}

extension EventBridgeEvent {
    /// What reads the events of a source.
    fileprivate static let readers: [String: @Sendable (EventBridgeEvent) -> [Notification]] = [
        "aws.ec2": { [$0.ec2] },
        "aws.ecs": { [$0.ecs] },
        "aws.autoscaling": { [$0.autoScaling] },
        "aws.health": { [$0.health] },
        "aws.guardduty": { [$0.guardDuty] },
        "aws.securityhub": { $0.securityHub },
        "aws.backup": { [$0.backup] },
        "aws.codepipeline": { [$0.codePipeline] },
        "aws.codebuild": { [$0.codeBuild] },
        "aws.synthetics": { [$0.synthetics] },
    ]

    /// A notification with what every event has; readers add to it.
    func notification(_ title: String, _ source: Source, _ severity: Severity) -> Notification {
        var notification = message.notification(title, source: source, severity: severity)
        notification.time = time
        notification.dedupeKey = message.dedupeKey(id)
        notification.account = account
        notification.region = region
        notification.resource = resources.first
        return notification
    }

    /// A member of the detail.
    func text(_ key: String) -> String? { detail[key]?.text }

    /// The console of the event's region.
    var console: AWSConsole? { AWSConsole(region: region) }

    /// ` in Europe (Frankfurt)`, or nothing.
    var place: String { AWSRegion.place(region) }

    /// An event without a reader, or of a type that its reader does not know: its type as title, the members of its
    /// detail as fields.
    var other: Notification {
        let severity = text("severity").flatMap(Severity.init(word:)) ?? message.severity(or: .info)
        var notification = notification("\(type)\(place)", .eventBridge, severity)
        let shown = ["title", "message", "description", "reason"].first { text($0) != nil }
        notification.text = shown.flatMap { text($0) } ?? ""
        notification.fields.add("Source", source)
        if !resources.isEmpty { notification.fields.add("Resources", resources.prefix(10).joined(separator: "\n")) }
        notification.fields += JSONFields.fields(of: .object(detail), leavingOut: Set(shown.map { [$0] } ?? []))
        return notification
    }
}
