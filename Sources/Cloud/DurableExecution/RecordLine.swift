internal import Basics
internal import JSON

/// The JSON form of updates in files and objects, one line each.
///
/// `{"id":"2-1","in":"2","type":"STEP","subtype":…,"name":"scale","action":"SUCCEED","result":…}`; times are
/// microseconds since 1970, lengths of time are microseconds. The end of the run is `{"done":<result>}`.
enum RecordLine {
    case update(DurableUpdate)
    case done(JSONValue)

    /// Reads a line.
    /// - Returns: nil for a text that is none.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let json = try? JSONValue(parsing: Array(bytes)) else { return nil }
        self.init(json)
    }

    init?(_ json: JSONValue) {
        if let result = json["done"] {
            self = .done(result)
            return
        }
        guard let id = json["id"]?.stringValue, let name = json["name"]?.stringValue,
            let kind = json["type"]?.stringValue.flatMap(DurableOperation.Kind.init),
            let action = json["action"]?.stringValue.flatMap(DurableUpdate.Action.init)
        else { return nil }
        let identity = DurableOperation.Identity(
            id: id, parent: json["in"]?.stringValue, kind: kind, subtype: json["subtype"]?.stringValue, name: name)
        var update = DurableUpdate(identity, action)
        update.result = json["result"]
        update.failure = json["error"].map { DurableFailure($0) }
        update.due = json["due"]?.intValue.map { Timestamp(microseconds: $0) }
        update.heartbeat = json["heartbeat"]?.intValue.map { .microseconds($0) }
        update.heartbeatDue = json["heartbeatDue"]?.intValue.map { Timestamp(microseconds: $0) }
        update.attempts = json["attempts"]?.intValue.map { Int($0) }
        self = .update(update)
    }

    /// The line with its end.
    var bytes: [UInt8] {
        var bytes = json.serialized()
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    var json: JSONValue {
        guard case .update(let update) = self else {
            if case .done(let result) = self { return ["done": result] }
            return nil
        }
        let identity = update.identity
        var members: [JSONObject.Element] = [("id", .string(identity.id))]
        if let parent = identity.parent { members.append(("in", .string(parent))) }
        members.append(("type", .string(identity.kind.rawValue)))
        if let subtype = identity.subtype { members.append(("subtype", .string(subtype))) }
        members.append(("name", .string(identity.name)))
        members.append(("action", .string(update.action.rawValue)))
        if let result = update.result { members.append(("result", result)) }
        if let failure = update.failure { members.append(("error", failure.json)) }
        if let due = update.due { members.append(("due", .integer(due.microseconds))) }
        if let heartbeat = update.heartbeat { members.append(("heartbeat", .integer(heartbeat.microseconds))) }
        if let due = update.heartbeatDue { members.append(("heartbeatDue", .integer(due.microseconds))) }
        if let attempts = update.attempts { members.append(("attempts", JSONValue(attempts))) }
        return .object(JSONObject(distinct: members))
    }
}

extension Duration {
    /// Whole microseconds; the nearest that can be held.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return Int64(clamping: Int128(seconds) * 1_000_000 + Int128(attoseconds / 1_000_000_000_000))
    }
}

extension DurableFailure {
    /// `{"type":…,"message":…}`.
    var json: JSONValue { ["type": .string(type), "message": .string(message)] }

    init(_ json: JSONValue) {
        self.init(type: json["type"]?.stringValue ?? "", message: json["message"]?.stringValue ?? "")
    }
}

/// What a file or an object holds, as far as it was read.
struct RecordedRun {
    var operations: [String: DurableOperation] = [:]
    var result: JSONValue?
    /// How many lines it took.
    var lines = 0

    mutating func add(_ line: RecordLine) {
        lines += 1
        switch line {
        case .update(let update):
            update.apply(to: &operations[update.identity.id])
        case .done(let result): self.result = result
        }
    }

    /// The updates that amount to the same.
    var compacted: [DurableUpdate] {
        operations.values.sorted { $0.identity.isBefore($1.identity) }.map(\.update)
    }
}

extension DurableOperation.Identity {
    /// By position; a child comes after its parent.
    fileprivate func isBefore(_ other: Self) -> Bool {
        let (left, right) = (id.split(separator: "-"), other.id.split(separator: "-"))
        return left.lexicographicallyPrecedes(right) { (Int($0) ?? 0) < (Int($1) ?? 0) }
    }
}

extension DurableOperation {
    /// The one update by which it becomes what it is.
    fileprivate var update: DurableUpdate {
        var update = DurableUpdate(identity, action)
        (update.result, update.failure, update.due) = (result, failure, due)
        (update.heartbeat, update.heartbeatDue) = (heartbeat, heartbeatDue)
        if attempts > 0 { update.attempts = attempts }
        return update
    }

    private var action: DurableUpdate.Action {
        switch status {
        case .started, .ready: .start
        case .pending: .retry
        case .succeeded: .succeed
        case .failed, .stopped: .fail
        case .cancelled: .cancel
        case .timedOut: .timeOut
        }
    }
}
