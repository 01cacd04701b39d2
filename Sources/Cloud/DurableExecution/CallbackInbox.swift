internal import Basics
internal import JSON

/// What was sent to a callback that this project keeps itself, in a file or an object.
///
/// `{"id":"3","result":…}`, `{"id":"3","error":{…}}`, or a sign of life `{"id":"3","at":µs since 1970}`.
struct CallbackMessage: Sendable {
    enum Content: Sendable {
        case result(JSONValue)
        case failure(DurableFailure)
        case heartbeat(Timestamp)
    }

    let id: String
    let content: Content

    var json: JSONValue {
        switch content {
        case .result(let result): ["id": .string(id), "result": result]
        case .failure(let failure): ["id": .string(id), "error": failure.json]
        case .heartbeat(let time): ["id": .string(id), "at": .integer(time.microseconds)]
        }
    }

    init(_ id: String, _ content: Content) { (self.id, self.content) = (id, content) }

    /// - Returns: nil for a value of another form, such as a line that was cut.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.stringValue else { return nil }
        if let result = json["result"] {
            self.init(id, .result(result))
        } else if let failure = json["error"] {
            self.init(id, .failure(DurableFailure(failure)))
        } else if let time = json["at"]?.intValue {
            self.init(id, .heartbeat(Timestamp(microseconds: time)))
        } else {
            return nil
        }
    }
}

/// The open callbacks of a run, and what was sent to them.
struct CallbackInbox: Sendable {
    private var open: [String: DurableOperation] = [:]

    init(_ operations: some Sequence<DurableOperation>) {
        for operation in operations where operation.identity.kind == .callback && !operation.status.isFinal {
            open[operation.identity.id] = operation
        }
    }

    /// Notes callbacks that are begun, and those that have ended.
    mutating func note(_ updates: [DurableUpdate]) {
        for update in updates where update.identity.kind == .callback {
            if update.action == .start {
                update.apply(to: &open[update.identity.id])
            } else {
                open[update.identity.id] = nil
            }
        }
    }

    /// Whether nothing is waited for.
    var isEmpty: Bool { open.isEmpty }

    /// The callbacks that are waited for.
    var ids: [String] { Array(open.keys) }

    /// The callbacks that messages have changed; the first result or error of each counts.
    mutating func deliver(_ messages: some Sequence<CallbackMessage>) -> [DurableOperation] {
        var changed: [String: DurableOperation] = [:]
        for message in messages {
            guard var operation = open[message.id], !operation.status.isFinal else { continue }
            switch message.content {
            case .result(let result): (operation.status, operation.result) = (.succeeded, result)
            case .failure(let failure): (operation.status, operation.failure) = (.failed, failure)
            case .heartbeat(let time):
                guard let due = operation.heartbeat.map({ time + $0 }), let known = operation.heartbeatDue, due > known
                else { continue }
                operation.heartbeatDue = due
            }
            open[message.id] = operation
            changed[message.id] = operation
        }
        return Array(changed.values)
    }
}
