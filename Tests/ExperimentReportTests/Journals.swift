import Foundation
import JSON
import TestSupport

@testable import ExperimentReport

/// Journals to report on.
enum Journals {
    /// A journal that Chaos Toolkit 1.21.4 wrote, and what it said of it with `--output agent`.
    static func sample(_ name: String) throws -> (journal: JSONValue, agent: JSONValue) {
        let file = Workspace.root.appending(path: "Tests/ExperimentReportTests/Samples/\(name).json")
        let sample = try JSONValue(parsing: [UInt8](Data(contentsOf: file)))
        return (sample["journal"] ?? .null, sample["agent"] ?? .null)
    }

    static let samples = [
        "aborts", "baseline", "deviates", "dry", "explores", "interrupted", "large", "passes", "probe-error",
        "recovers",
    ]

    /// A moment of a made-up run, in seconds from its start.
    static func moment(_ seconds: Double) -> JSONValue {
        let (whole, part) = (Int(seconds), Int((seconds - seconds.rounded(.down)) * 1_000))
        let digits = "\(part + 1_000)".dropFirst()
        func two(_ number: Int) -> Substring { "\(number + 100)".dropFirst() }
        return .string("2026-11-28T\(two(whole / 3_600)):\(two(whole / 60 % 60)):\(two(whole % 60)).\(digits)+00:00")
    }

    /// The record of an activity that ran for a second.
    static func record(
        _ name: String, at seconds: Double, type: JSONValue = "action", status: JSONValue = "succeeded",
        met: JSONValue? = Optional.none, output: JSONValue = true, exception: JSONValue? = Optional.none
    ) -> JSONValue {
        var record: JSONObject = [
            "activity": [
                "type": type, "name": .string(name), "provider": ["type": "python", "module": "shop", "func": "act"],
            ],
            "output": output, "start": moment(seconds), "end": moment(seconds + 1), "duration": 1, "status": status,
        ]
        record["tolerance_met"] = met
        record["exception"] = exception
        return .object(record)
    }

    /// A check of the hypothesis with one probe, called `healthy`.
    static func check(_ met: Bool, at seconds: Double) -> JSONValue {
        [
            "steady_state_met": .bool(met),
            "probes": [record("healthy", at: seconds, type: "probe", met: .bool(met), output: met ? 3 : 1)],
        ]
    }

    /// A made-up journal; what is not given is as in a run that passed.
    static func journal(
        title: String = "Losing a zone", status: JSONValue = "completed", before: JSONValue = check(true, at: 0),
        during: [JSONValue] = [], after: JSONValue = check(true, at: 20),
        run: [JSONValue] = [record("stop", at: 10)], extra: JSONObject = [:], experiment: JSONObject = [:]
    ) -> JSONValue {
        var document: JSONObject = [
            "title": .string(title), "method": [["name": "stop"]],
            "steady-state-hypothesis": ["title": "fine", "probes": [["name": "healthy", "tolerance": 3]]],
        ]
        for (key, value) in experiment { document[key] = value }
        var journal: JSONObject = [
            "chaoslib-version": "1.45.1", "node": "runner-1", "experiment": .object(document), "start": moment(0),
            "status": status, "deviated": false,
            "steady_states": ["before": before, "during": .array(during), "after": after], "run": .array(run),
            "rollbacks": [], "end": moment(30), "duration": 30,
        ]
        for (key, value) in extra { journal[key] = value }
        return .object(journal)
    }

    /// What Tocsin's engine adds to a journal for what it changed.
    static func targets(_ outcomes: [(id: String, outcome: JSONValue)]) -> JSONObject {
        [
            "tocsin": [
                "run": "run-1",
                "targets": .array(
                    outcomes.map { id, outcome in
                        [
                            "activity": "stop", "kind": "ec2:instance", "id": .string(id), "region": "eu-central-1",
                            "before": ["state": "running"], "outcome": outcome, "reason": "because",
                        ]
                    }),
                "warnings": ["the lever could not be read"],
            ]
        ]
    }
}
