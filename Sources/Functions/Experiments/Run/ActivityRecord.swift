import Basics
import JSON

/// What became of one activity: the result of its durable step.
struct ActivityRecord: Sendable {
    /// How an activity ended.
    enum Ending: Sendable {
        /// Its output says how well.
        case succeeded
        /// It failed as activities do; the message follows Chaos Toolkit's.
        case failed(String)
        /// It failed in a way that ends the method.
        case unforeseen(String)
        /// It was cancelled, because the run is to end.
        case interrupted(String)
    }

    var start: Timestamp
    var end: Timestamp
    var output: JSONValue
    var ending: Ending
    /// Whether the output is what the hypothesis demands; nil where nothing was demanded.
    var toleranceMet: Bool?
    /// Whether the guard, a lock or the ledger did not allow it.
    var isRefused = false

    /// The activity in the journal: Chaos Toolkit's members in its order.
    /// - Parameter isStrict: whether an unforeseen error gives the status `failed`; see
    ///   ``RunContext/failsUnforeseen(in:)``.
    func journal(of activity: Activity, isStrict: Bool) -> JSONObject {
        var record: JSONObject = [
            "activity": .object(activity.declaration), "output": output, "start": .string(start.journalText),
        ]
        switch ending {
        case .succeeded: record["status"] = "succeeded"
        case .failed(let message): record.setFailed(message)
        case .unforeseen(let message): if isStrict { record.setFailed(message) }
        case .interrupted: break
        }
        record["end"] = .string(end.journalText)
        record["duration"] = .double((end - start).seconds)
        if let toleranceMet { record["tolerance_met"] = .bool(toleranceMet) }
        return record
    }
}

extension ActivityRecord {
    /// As a durable step stores it.
    var json: JSONValue {
        var json: JSONObject = [
            "start": .integer(start.microseconds), "end": .integer(end.microseconds), "output": output,
        ]
        switch ending {
        case .succeeded: json["ending"] = "succeeded"
        case .failed(let message): (json["ending"], json["message"]) = ("failed", .string(message))
        case .unforeseen(let message): (json["ending"], json["message"]) = ("unforeseen", .string(message))
        case .interrupted(let message): (json["ending"], json["message"]) = ("interrupted", .string(message))
        }
        if let toleranceMet { json["met"] = .bool(toleranceMet) }
        if isRefused { json["refused"] = true }
        return .object(json)
    }

    /// The record without its output, when that is more than a durable run can store.
    func fitting(_ maximum: Int?) -> ActivityRecord {
        guard let maximum else { return self }
        let size = json.serialized().count
        guard size > maximum else { return self }
        var record = self
        record.output = .string("(left out: \(size) bytes are more than the \(maximum) that a durable run records)")
        return record
    }

    /// Reads what a durable step stored.
    init(json: JSONValue) {
        start = Timestamp(microseconds: json["start"]?.intValue ?? 0)
        end = Timestamp(microseconds: json["end"]?.intValue ?? 0)
        output = json["output"] ?? .null
        toleranceMet = json["met"]?.boolValue
        isRefused = json["refused"] == true
        let message = json["message"]?.stringValue ?? ""
        ending =
            switch json["ending"] {
            case "succeeded": .succeeded
            case "failed": .failed(message)
            case "interrupted": .interrupted(message)
            default: .unforeseen(message)
            }
    }
}

extension JSONObject {
    fileprivate mutating func setFailed(_ message: String) {
        self["status"] = "failed"
        self["exception"] = [.string("chaoslib.exceptions.ActivityFailed: \(message)\n")]
    }
}

extension Timestamp {
    /// As Python's `isoformat()` writes it in UTC: `2026-11-28T03:42:00.123456+00:00`, without the fraction when it is
    /// zero.
    var journalText: String {
        String(iso8601(fractionDigits: microseconds % 1_000_000 == 0 ? 0 : 6).dropLast()) + "+00:00"
    }
}

extension Duration {
    /// In seconds, with microseconds as the fraction.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds / 1_000_000_000_000) / 1e6 }
}
