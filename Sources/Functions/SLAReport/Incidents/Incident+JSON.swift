public import Basics
public import JSON

/// How incidents are stored.
///
/// `{"id", "title", "impact", "services": […], "scheduledFor"?, "scheduledUntil"?, "postMortem"?: {"time", "text"},
/// "changedAt"?, "revision"?, "automatic"?: true, "updates": [{"id", "time", "status", "text", "author"?}]}`, times in
/// ISO 8601.
extension Incident {
    /// The incident as it is stored.
    public var json: JSONValue {
        var object: JSONObject = [
            "id": .string(id), "title": .string(title), "impact": .string(impact.rawValue),
            "services": .array(services.map { .string($0) }),
        ]
        object["scheduledFor"] = window.map { .string($0.lowerBound.iso8601) }
        object["scheduledUntil"] = window.map { .string($0.upperBound.iso8601) }
        object["postMortem"] = postMortem.map { ["time": .string($0.time.iso8601), "text": .string($0.text)] }
        object["changedAt"] = changedAt.map { .string($0.iso8601) }
        if revision > 0 { object["revision"] = .init(revision) }
        if isAutomatic { object["automatic"] = true }
        object["updates"] = .array(updates.map(\.json))
        return .object(object)
    }

    /// The incident with what follows from it at a time: `status`, `startedAt` and `endedAt`, for other programs.
    public func json(at now: Timestamp) -> JSONValue {
        guard var object = json.objectValue else { return json }
        object["status"] = .string(status(at: now).rawValue)
        object["startedAt"] = .string(startedAt(now).iso8601)
        object["endedAt"] = endedAt(now).map { .string($0.iso8601) } ?? .null
        object["updates"] = .array(updates(at: now).map(\.json))
        return .object(object)
    }

    /// An incident as it was stored.
    /// - Throws: ``IncidentError`` `unreadable` with the member that is wrong.
    public init(_ json: JSONValue) throws(IncidentError) {
        let updates = try (json["updates"]?.arrayValue ?? []).map { json throws(IncidentError) in try Update(json) }
        guard let first = updates.first else { throw .unreadable("updates: expected at least one") }
        guard let impact = Impact(rawValue: try json.text("impact")) else { throw .unreadable("impact: unknown") }
        var window: Range<Timestamp>?
        if json["scheduledFor"] != nil {
            let (start, end) = (try json.time("scheduledFor"), try json.time("scheduledUntil"))
            guard start < end else { throw .unreadable("scheduledUntil: expected a time after scheduledFor") }
            window = start..<end
        }
        var postMortem: PostMortem?
        if let json = json["postMortem"] {
            postMortem = PostMortem(time: try json.time("time"), text: try json.text("text"))
        }
        // Documents of before have neither.
        let changedAt = json["changedAt"] == nil ? nil : try json.time("changedAt")
        let revision = Int(clamping: json["revision"]?.intValue ?? 0)
        guard 0...1_000_000 ~= revision else {
            throw .unreadable("revision: expected a number of changes")
        }
        let id = try json.text("id")
        // It stands in names of files and in addresses.
        guard 1...64 ~= id.utf8.count, id.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }) else {
            throw .unreadable("id: expected letters, digits and hyphens")
        }
        self.init(
            id: id, title: try json.text("title"), impact: impact,
            services: (json["services"]?.arrayValue ?? []).compactMap(\.stringValue), window: window,
            postMortem: postMortem, changedAt: changedAt, revision: revision,
            isAutomatic: json["automatic"] == true, first: first)
        for update in updates.dropFirst() { add(update) }
    }
}

extension Incident.Update {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "id": .string(id), "time": .string(time.iso8601), "status": .string(status.rawValue), "text": .string(text),
        ]
        object["author"] = author.map { .string($0) }
        return .object(object)
    }

    fileprivate init(_ json: JSONValue) throws(IncidentError) {
        guard let status = Incident.Status(rawValue: try json.text("status")) else {
            throw .unreadable("status: unknown")
        }
        self.init(
            id: try json.text("id"), time: try json.time("time"), status: status, text: try json.text("text"),
            author: json["author"]?.stringValue)
    }
}

extension JSONValue {
    fileprivate func text(_ member: String) throws(IncidentError) -> String {
        guard let text = self[member]?.stringValue else { throw .unreadable("\(member): expected a text") }
        return text
    }

    fileprivate func time(_ member: String) throws(IncidentError) -> Timestamp {
        guard let time = Timestamp(iso8601: try text(member)) else {
            throw .unreadable("\(member): expected a time such as 2026-11-29T14:03:00Z")
        }
        return time
    }
}

/// Why an incident could not be read or changed.
public typealias IncidentError = CodedError<IncidentErrorCode>

/// The kinds of failure with incidents.
public enum IncidentErrorCode: String, ErrorCode {
    /// There is no incident of this name.
    case unknown
    /// The change is not possible, as the incident is.
    case refused
    /// What is stored is no incident.
    case unreadable
    /// The place could not be read or written.
    case unavailable
}

extension IncidentError {
    static func unreadable(_ message: String) -> IncidentError { IncidentError(.unreadable, message) }
}
