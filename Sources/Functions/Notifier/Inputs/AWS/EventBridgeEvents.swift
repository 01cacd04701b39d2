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
        // A forwarded event can have another source, or lose it in an input transformer; its type remains.
        let reader = EventBridgeEvent.readers[event.source] ?? EventBridgeEvent.reader(ofType: event.type)
        return reader?(event) ?? [event.ofService ?? event.other]
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
        "aws.rds": { [$0.database ?? $0.other] },
        "aws.ses": { [$0.mail ?? $0.other] },
        "aws.ce": { [$0.costAnomaly ?? $0.other] },
    ]

    /// What reads the events whose type begins so, whatever their source.
    private static let typeReaders: [(prefix: String, read: @Sendable (EventBridgeEvent) -> [Notification])] = [
        ("GuardDuty ", { [$0.guardDuty] }),
        ("Security Hub Findings", { $0.securityHub }),
        ("AWS Health ", { [$0.health] }),
        ("RDS ", { [$0.database ?? $0.other] }),
    ]

    fileprivate static func reader(ofType type: String) -> (@Sendable (EventBridgeEvent) -> [Notification])? {
        typeReaders.first { type.hasPrefix($0.prefix) }?.read
    }

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

    /// An event without a reader, or of a type that its reader does not know: its type as title, with the resource and
    /// its state where the detail names them, and the members of the detail as fields.
    var other: Notification {
        let state = StateReading(detail)
        let name = ARN.shortName(detail.resourceName) ?? ARN.shortName(resources.first)
        var notification = notification(
            title(name: name, state: state.word), .eventBridge, state.severity ?? severityOfType ?? .info)
        notification.state = state.word.map { StateChange(to: $0) }
        notification.resource = notification.resource ?? name
        if state.word != nil, let resource = notification.resource {
            notification.incidentKey = "\(source)|\(account ?? "")|\(region ?? "")|\(resource)"
        }
        let shown = ["title", "message", "description", "reason"].first { text($0) != nil }
        notification.text = shown.flatMap { text($0) } ?? ""
        notification.fields.add("Source", source)
        if !resources.isEmpty { notification.fields.add("Resources", resources.prefix(10).joined(separator: "\n")) }
        notification.fields += JSONFields.fields(of: .object(detail), leavingOut: Set(shown.map { [$0] } ?? []))
        return notification
    }

    /// `Glue Job: nightly-etl FAILED in Europe (Frankfurt)`; without a state the event's type alone.
    private func title(name: String?, state: String?) -> String {
        guard let state else { return type + place }
        var kind = type
        for ending in [
            " State-change Notification", " Status-change Notification", " State Change", " Status Change",
            " Notification",
        ] where kind.hasSuffix(ending) && kind.utf8.count > ending.utf8.count {
            kind = String(kind.dropLast(ending.utf8.count))
            break
        }
        return "\(kind): " + (name.map { $0.cut(100) + " " } ?? "") + state + place
    }

    /// What the last word of a type such as `EC2 Fleet Error` says; it is the service's own wording.
    private var severityOfType: Severity? {
        switch type.split(separator: " ").last {
        case "Error", "Failed", "Failure", "Unsuccessful", "Unhealthy": .critical
        case "Warning", "Expiration", "Expired", "Alert", "Required": .warning
        default: nil
        }
    }
}

extension ARN {
    /// The name that people know a resource by: the last part of an ARN that is no UUID; any other text as it is.
    static func shortName(_ text: String?) -> String? {
        guard let text, let arn = ARN(text) else { return text }
        let parts = arn.name.split { $0 == "/" || $0 == ":" }.map { String($0) }
        return parts.last { !$0.isUUID } ?? parts.last
    }
}

extension String {
    /// Whether it begins with the 36 characters of a UUID, which says nothing to people.
    var isUUID: Bool {
        utf8.count >= 36
            && utf8.prefix(36).enumerated().allSatisfy { index, byte in
                [8, 13, 18, 23].contains(index)
                    ? byte == UInt8(ascii: "-") : 0x30...0x39 ~= byte || 0x61...0x66 ~= byte.asciiLowercased
            }
    }
}
