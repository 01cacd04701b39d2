import Events
import JSON

@testable import Notifier

extension IncomingEvent {
    /// All of the event as lines, every part of every notification named.
    var transcript: String {
        (["kind: \(kind)"]
            + messages.enumerated().flatMap { index, message in
                ["", "record: \(message.queueID ?? "\(index)")"]
                    + message.notifications.flatMap { $0.transcript + [""] }.dropLast()
            }).joined(separator: "\n") + "\n"
    }
}

extension Notification {
    fileprivate var transcript: [String] {
        var lines = ["title: \(title)"]
        if !text.isEmpty { lines.append("text: \(text.indented)") }
        lines += ["severity: \(severity)", "source: \(source)", "time: \(time)"]
        if let state { lines.append("state: \(state.from.map { $0 + " -> " } ?? "")\(state.to)") }
        for (name, value) in [("account", account), ("region", region), ("resource", resource)] {
            if let value { lines.append("\(name): \(value)") }
        }
        lines.append("dedupe: \(dedupeKey.withoutDigest)")
        if let incidentKey { lines.append("incident: \(incidentKey)") }
        lines += tags.sorted { $0.key < $1.key }.map { "tag \($0.key): \($0.value)" }
        lines += fields.map { "\($0.isShort ? "field" : "long field") \($0.name): \($0.value.indented)" }
        lines += links.map { "link \($0.title): \($0.url)" }
        if let graph { lines.append("graph \(graph.region): \(graph.widget)") }
        if let slackPayload { lines.append("slack: \(slackPayload)") }
        return lines
    }
}

extension String {
    /// A dedupe key without the digest of the content, which changes with every byte of a sample.
    fileprivate var withoutDigest: String {
        guard let mark = firstIndex(of: "~"), self[mark...].count >= 17 else { return self }
        return String(self[..<mark]) + String(self[mark...].dropFirst(17))
    }

    fileprivate var indented: String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n    ")
    }
}
