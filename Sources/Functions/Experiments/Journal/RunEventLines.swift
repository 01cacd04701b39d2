public import Basics
import JSON

/// The events of a run as lines of JSON, in the form of Chaos Toolkit 1.21's `--events-file`.
///
/// Each line has at least `type` and `timestamp`. The verdict belongs to the journal.
public enum RunEventLines {
    /// Longer outputs are left to the journal; in bytes of JSON.
    private static let maximumOutput = 4_096

    /// The line of an event, without its end; nil for events that such a file does not have.
    /// - Parameter run: the run's id, which Chaos Toolkit does not have.
    public static func line(_ event: RunEvent, of run: String, at time: Timestamp) -> String? {
        guard let (type, members) = content(event) else { return nil }
        var line: JSONObject = ["type": .string(type), "timestamp": .string(time.journalText)]
        for (key, value) in members { line[key] = value }
        line["run"] = .string(run)
        return JSONValue.object(line).description
    }

    private static func content(_ event: RunEvent) -> (type: String, members: JSONObject)? {
        switch event {
        case .started(let title): return ("run-started", ["title": .string(title)])
        case .finished(let journal):
            let members: JSONObject = ["status": journal["status"] ?? .null, "deviated": journal["deviated"] ?? false]
            return ("run-finished", members)
        case .interrupted(let reason):
            return (reason.isSignal && reason.kind != .terminate ? "run-signal-exit" : "run-interrupted", [:])
        case .hypothesisStarted(let phase, let frequency):
            var members: JSONObject = ["phase": .string(phase.rawValue)]
            if let frequency { members["frequency"] = .double(frequency.seconds) }
            return ("hypothesis-started", members)
        case .hypothesisCompleted(let phase, let iteration, let state):
            var members: JSONObject = ["phase": .string(phase.rawValue)]
            if let iteration { members["iteration"] = JSONValue(iteration) }
            members["met"] = state?["steady_state_met"] ?? .null
            members["probes"] = .array((state?["probes"]?.arrayValue ?? []).map(probe))
            return ("hypothesis-completed", members)
        case .methodStarted: return ("method-started", [:])
        case .methodCompleted: return ("method-completed", [:])
        case .rollbacksStarted: return ("rollbacks-started", [:])
        case .rollbacksCompleted: return ("rollbacks-completed", [:])
        case .activityStarted(let activity, _):
            let members: JSONObject = [
                "name": .string(activity.name), "activity_type": .string(activity.kind.rawValue),
                "background": .bool(activity.isBackground),
            ]
            return ("activity-started", members)
        case .activityCompleted(let activity, _, let record):
            var members: JSONObject = [
                "name": .string(activity.name), "activity_type": .string(activity.kind.rawValue),
                "status": record["status"] ?? .null, "duration": record["duration"] ?? .null,
            ]
            addOutput(of: record, to: &members)
            if let exception = record["exception"]?.arrayValue {
                members["error"] = .string(
                    String(exception.compactMap(\.stringValue).joined().trimmingWhitespace))
            }
            return ("activity-completed", members)
        case .pauseStarted, .message: return nil
        }
    }

    private static func probe(_ record: JSONValue) -> JSONValue {
        var members: JSONObject = [
            "name": record["activity"]?["name"] ?? .null, "status": record["status"] ?? .null,
            "tolerance_met": record["tolerance_met"] ?? .null,
        ]
        addOutput(of: record.objectValue ?? [:], to: &members)
        return .object(members)
    }

    /// Adds the output, or the size of one that is too long.
    private static func addOutput(of record: JSONObject, to members: inout JSONObject) {
        let output = record["output"] ?? .null
        let size = output.serialized().count
        if size > maximumOutput {
            members["output_truncated"] = true
            members["output_size"] = JSONValue(size)
        } else {
            members["output"] = output
        }
    }
}
