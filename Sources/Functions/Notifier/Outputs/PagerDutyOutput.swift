import Basics
import Configuration
import JSON

extension OutputKind {
    /// A PagerDuty service by its integration key (Events API v2,
    /// https://developer.pagerduty.com/docs/send-alert-event).
    ///
    /// All messages of an incident have the same deduplication key, so its OK resolves it.
    static let pagerDuty = OutputKind("pagerduty", service: "PagerDuty", supportsDigests: false) { settings in
        let output = PagerDutyOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct PagerDutyOutput {
    private static let summaryLimit = 1_024
    private static let keyLimit = 255
    /// In bytes of JSON; an event may have 512 KB.
    private static let textLimit = 100_000
    private let key: String
    private let server: String

    init(_ settings: ConfigurationSection) {
        key = settings.requiredSecret("key")
        server = settings.url("server", default: "https://events.pagerduty.com")
    }

    private static let rules = TextRules(Escaping(), .jsonBytes)

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let incident = notification.incidentKey ?? notification.dedupeKey
        var body: JSONObject = [
            "routing_key": .string(key), "event_action": notification.severity == .ok ? "resolve" : "trigger",
            "dedup_key": .string(incident.utf8.count <= Self.keyLimit ? incident : Digest.sha256Hex(incident)),
        ]
        if notification.severity != .ok {
            body["payload"] = Self.payload(notification)
            body["client"] = "Tocsin"
            let links: [JSONValue] = notification.links.prefix(20).map {
                ["href": .string($0.url), "text": .string(Self.rules.fit($0.title, 200))]
            }
            if !links.isEmpty { body["links"] = .array(links) }
        }
        return [OutboundMessage(to: "\(server)/v2/enqueue", json: .object(body))]
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        let faults = (response.json["errors"]?.arrayValue ?? []).compactMap(\.stringValue)
        let words = ([response.json["message"]?.stringValue ?? ""] + faults).joined(separator: " ")
        guard response.isSuccess else { return response.failure(words: words) }
        switch response.json["status"]?.stringValue {
        case "success": return .delivered(nil)
        case nil: return response.unreadable
        default: return .refused(reason: response.reason(words))
        }
    }

    private static func payload(_ notification: Notification) -> JSONValue {
        var details: JSONObject = [:]
        if !notification.text.isEmpty { details["text"] = .string(rules.fit(notification.text, textLimit)) }
        for field in notification.fields.prefix(100) {
            details[rules.fit(field.name, 200)] = .string(rules.fit(field.value, 2_000))
        }
        var payload: JSONObject = [
            "summary": .string(rules.fit(notification.title, summaryLimit)),
            "source": .string(notification.resource ?? notification.region ?? notification.source.rawValue),
            "severity": .string(severity(notification.severity)),
            "timestamp": .string(notification.time.iso8601), "class": .string(notification.source.rawValue),
        ]
        details["Region"] = notification.region.map { .string($0) }
        payload["group"] = notification.account.map { .string($0) }
        if !details.isEmpty { payload["custom_details"] = .object(details) }
        return .object(payload)
    }

    private static func severity(_ severity: Severity) -> String {
        switch severity {
        case .critical: "critical"
        case .warning: "warning"
        case .info, .ok: "info"
        }
    }
}
