import AWSResources
import Basics
import Events
import JSON

extension IncomingMessage {
    /// The start of every notification made of this message.
    func notification(_ title: String, source: Source, severity: Severity = .info) -> Notification {
        let topic = ARN(topicARN)
        return Notification(
            title: title, severity: severity, time: time, source: source, dedupeKey: id, account: topic?.account,
            region: topic?.region, tags: attributes, message: value
        )
    }

    /// The name of the topic it came through.
    var topicName: String? { ARN(topicARN)?.resource ?? topicARN }

    /// The severity that the publisher gave with an attribute `severity` or `priority`, or else the default.
    func severity(or standard: Severity) -> Severity { Severity(tags: attributes) ?? standard }
}

extension Severity {
    /// What a tag named `severity` or `priority` says, in the words that people use.
    init?(tags: [String: String]) {
        for (name, value) in tags where ["severity", "priority"].contains(name.lowercased()) {
            if let severity = Severity(word: value) {
                self = severity
                return
            }
        }
        return nil
    }

    /// What one of the usual words means, such as `critical`, `high`, `P1` or `WARN`.
    init?(word: String) {
        switch word.trimmed.lowercased() {
        case "critical", "crit", "fatal", "emergency", "alert", "error", "high", "page", "p0", "p1", "sev0", "sev1",
            "1":
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
