import AWSResources
import Basics
import Events
import JSON

/// A kind of message that can be read.
struct InputFormat: Sendable {
    /// What people are told when a message of this kind cannot be read.
    let name: String
    /// Nil for a message of another kind; throws for a message of this kind that lacks what matters.
    let read: @Sendable (IncomingMessage) throws(EventError) -> [Notification]?

    init(_ name: String, read: @escaping @Sendable (IncomingMessage) throws(EventError) -> [Notification]?) {
        (self.name, self.read) = (name, read)
    }

    /// The first one that takes a message reads it, so the formats with the most specific marks come first.
    static let all: [InputFormat] = [
        .cloudWatchAlarm,
        .chainedNotification,
        .eventBridgeEvent,
        .cloudMonitorAlarm,
        .cloudMonitorEvent,
        .cloudEvent,
        .timer,
        .uptimeChange,
        .alarmChange,
        .fargateAdjustment,
        .slaResult,
        .experimentResult,
        .autoScalingNotification,
        .pipelineApproval,
        .serviceNotification,
        .databaseNotification,
        .mailNotification,
        .alertmanagerWebhook,
        .gitHubWebhook,
        .costAnomaly,
        .budgetNotification,
        .backupNotification,
        .subscriptionConfirmation,
        .amazonQNotification.readingMarkdown,
        .slackMessage,
    ]
}

/// What was read in a message.
struct InputReading: Sendable {
    /// The name of the format that took it.
    let format: String
    /// At least one.
    var notifications: [Notification]

    /// Why it could not be read as that; nil when it could.
    var problem: String? { notifications.first?.fields.first { $0.name == Field.notUnderstood }?.value }
}

extension Field {
    /// The field that tells why a message is shown as it is.
    static let notUnderstood = "Not understood"
}

extension IncomingMessage {
    /// What the message says: at least one notification, whatever it is.
    ///
    /// A message of Security Hub can hold many findings. A message that its format cannot read is shown as it is, with
    /// the reason.
    var notifications: [Notification] { reading.notifications }

    /// What the message says, and how it was read.
    var reading: InputReading {
        var reading = known
        adapt(&reading.notifications)
        return reading
    }

    /// Adds what the envelope says, and hides secrets.
    private func adapt(_ notifications: inout [Notification]) {
        let severity = Severity(tags: attributes)
        let event = EventBridgeEvent(self).map { EventName(source: $0.source, type: $0.type) }
        for index in notifications.indices {
            if let timer, notifications[index].source != .timer { notifications[index].fields.add("Timer", timer) }
            notifications[index].event = event ?? notifications[index].event
            if let topicARN, !notifications[index].via.contains(topicARN) { notifications[index].via.append(topicARN) }
            if let severity { notifications[index].use(publishersSeverity: severity) }
            if isIDOfSender, notifications[index].dedupeKey == id { notifications[index].dedupeKey = dedupeKey(id) }
            notifications[index].maskSecrets()
        }
    }

    /// What the first format that takes the message reads; the message as it is when no format does.
    private var known: InputReading {
        for format in InputFormat.all {
            do throws(EventError) {
                if let notifications = try format.read(self), !notifications.isEmpty {
                    return InputReading(format: format.name, notifications: notifications)
                }
            } catch {
                var notification = unknown
                notification.fields.add(Field.notUnderstood, "\(format.name): \(error)", isShort: false)
                return InputReading(format: format.name, notifications: [notification])
            }
        }
        return InputReading(
            format: value.stringValue == nil ? "JSON of no known kind" : "text", notifications: [unknown])
    }

    /// The message as it is: text, or any JSON as fields.
    private var unknown: Notification {
        if case .string(let text) = value { return PlainText.notification(text, of: self) }
        return AnyJSON.notification(of: self)
    }
}

extension IncomingMessage {
    /// A notification with what the envelope says; formats add to it.
    func notification(_ title: String, source: Source, severity: Severity = .info) -> Notification {
        let topic = ARN(topicARN)
        return Notification(
            title: title, severity: severity, time: time, source: source, dedupeKey: id, account: topic?.account,
            region: topic?.region, tags: attributes, message: value
        )
    }

    /// The key of a message that its sender gave an id: equal only when the content is equal too.
    ///
    /// An id alone is the sender's word. Different messages with one id would become one post, and alerts be lost.
    /// - Parameter content: what has to be equal; the whole message by default.
    func dedupeKey(_ id: String, content: String? = nil) -> String {
        "\(id)~\(Digest.sha256Hex(content ?? value.description).prefix(16))"
    }

    /// The name of the topic it came through.
    var topicName: String? { ARN(topicARN)?.resource ?? topicARN }

    /// The severity that the publisher gave with an attribute `severity` or `priority`, or else the default.
    func severity(or standard: Severity) -> Severity { Severity(faultTags: attributes) ?? standard }
}

extension Notification {
    /// Sets the severity that an attribute of the message names, whatever its format.
    ///
    /// The end of a fault stays `ok`, and a fault never becomes one.
    fileprivate mutating func use(publishersSeverity publishers: Severity) {
        guard severity != .ok, publishers != .ok || severity == .info else { return }
        severity = publishers
    }
}

extension Severity {
    /// Reads a tag of a fault, which no tag makes `ok`.
    init?(faultTags tags: [String: String]) {
        guard let severity = Severity(tags: tags), severity != .ok else { return nil }
        self = severity
    }

    /// Reads a tag named `severity` or `priority`; see `init(word:)`.
    init?(tags: [String: String]) {
        for (name, value) in tags where ["severity", "priority"].contains(name.lowercased()) {
            if let severity = Severity(word: value) {
                self = severity
                return
            }
        }
        return nil
    }

    /// Reads a usual word such as `critical`, `high`, `P1` or `WARN`; nil for any other.
    init?(word: String) {
        switch word.trimmed.lowercased().filter({ $0 != "-" }) {
        case "critical", "crit", "fatal", "emergency", "alert", "error", "high", "highest", "major", "severe", "urgent",
            "blocker", "page", "p0", "p1", "sev0", "sev1", "1":
            self = .critical
        case "warning", "warn", "medium", "moderate", "minor", "ticket", "p2", "p3", "sev2", "sev3", "2", "3":
            self = .warning
        case "info", "information", "informational", "notice", "low", "debug", "p4", "p5", "sev4", "sev5", "4", "5":
            self = .info
        case "ok", "good", "resolved", "none": self = .ok
        default: return nil
        }
    }
}
