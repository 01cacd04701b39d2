internal import Basics
internal import JSON
internal import ServiceHistory
internal import StatusPages

/// The snapshot for scripts.
enum SnapshotJSON {
    /// Results of so long are in it.
    private static let history = Duration.seconds(3_600)

    static func value(of snapshot: ConsoleSnapshot) -> JSONValue {
        [
            "time": time(snapshot.time), "startedAt": time(snapshot.startedAt),
            "folder": snapshot.folder.map(JSONValue.string) ?? .null,
            "services": .array(snapshot.services.map { service($0, since: snapshot.time - history) }),
            "alarms": .array(snapshot.alarms.map(alarm)),
            "messages": .array(snapshot.messages.map(message)),
            "experiments": .array(snapshot.experiments.map(experiment)),
            "functions": .array(snapshot.functions.map(function)),
            "faults": .array(snapshot.faults.map(JSONValue.string)),
            "notes": .array(snapshot.notes.map { ["time": time($0.time), "text": .string($0.text)] }),
        ]
    }

    private static func time(_ time: Timestamp?) -> JSONValue { time.map { .string($0.iso8601) } ?? .null }
    private static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
    private static func number(_ number: Double?) -> JSONValue {
        number.flatMap { $0.isFinite ? .double($0) : nil } ?? .null
    }

    private static func service(_ entry: ServiceEntry, since start: Timestamp) -> JSONValue {
        [
            "name": .string(entry.history.name), "group": text(entry.history.group),
            "kind": .string(entry.history.kind.rawValue), "state": .string(entry.state.rawValue),
            "objective": number(entry.history.objective), "lastResult": time(entry.lastResult),
            "lastSeconds": number(entry.lastSeconds), "target": text(entry.target),
            "certificateDays": entry.certificateDays.map { JSONValue($0) } ?? .null,
            "points": .array(
                entry.history.points.filter { $0.start >= start }.map { point in
                    [
                        "start": time(point.start), "length": .double(point.length / .seconds(1)),
                        "attempts": JSONValue(point.attempts), "successes": JSONValue(point.successes),
                        "seconds": number(point.seconds),
                    ]
                }),
            "causes": .array(
                entry.history.causes.filter { $0.time >= start }.map {
                    ["time": time($0.time), "text": .string($0.text)]
                }),
        ]
    }

    private static func alarm(_ alarm: ConsoleSnapshot.Alarm) -> JSONValue {
        [
            "name": .string(alarm.name), "state": .string(alarm.state), "reason": .string(alarm.reason),
            "since": time(alarm.since), "rule": text(alarm.rule), "condition": .string(alarm.condition),
            "silencedUntil": time(alarm.silencedUntil),
            "changes": .array(
                alarm.changes.map {
                    ["time": time($0.time), "state": .string($0.state), "reason": .string($0.reason)]
                }),
        ]
    }

    private static func message(_ message: ConsoleSnapshot.Message) -> JSONValue {
        [
            "time": time(message.time), "title": .string(message.title), "text": .string(message.text),
            "tone": .string(message.tone), "output": .string(message.output),
        ]
    }

    private static func experiment(_ experiment: ConsoleSnapshot.Experiment) -> JSONValue {
        [
            "id": .string(experiment.id), "title": .string(experiment.title),
            "state": .string(experiment.state.rawValue),
            "outcome": .string(experiment.outcome), "problem": text(experiment.problem),
            "activities": .array(
                experiment.activities.map { activity in
                    [
                        "name": .string(activity.name), "kind": .string(activity.kind), "start": time(activity.start),
                        "end": time(activity.end), "isGood": .bool(activity.isGood),
                    ]
                }),
        ]
    }

    private static func function(_ function: ConsoleSnapshot.Function) -> JSONValue {
        [
            "name": .string(function.name), "invocations": JSONValue(function.invocations),
            "errors": JSONValue(function.errors), "starts": JSONValue(function.starts),
            "peakMemory": JSONValue(function.peakMemory),
            "recent": .array(
                function.recent.map { invocation in
                    [
                        "time": time(invocation.time), "milliseconds": number(invocation.milliseconds),
                        "coldStart": number(invocation.coldStart), "error": text(invocation.error),
                    ]
                }),
            "log": .array(function.log.map(JSONValue.string)),
        ]
    }
}
