internal import Basics
public import JSON

/// The JSON document that Chaos Toolkit 1.21 writes with `--output agent`: a few stable fields for programs.
extension ExperimentReport {
    /// The document for one run.
    ///
    /// - Parameters:
    ///   - source: where the experiment's document is: an absolute path or a URL.
    ///   - journalPath: nil when it could not be written.
    ///   - exitCode: nil for the one that follows from the journal: 0 for a run that was completed and did not deviate.
    ///   - journalFailure: why the journal could not be written.
    public static func agentSummary(
        of journal: JSONValue, source: String? = nil, journalPath: String? = nil, eventsPath: String? = nil,
        exitCode: Int? = nil, journalFailure: String? = nil
    ) -> JSONValue {
        guard RunJournal(journal).isReadable else {
            return agentError(
                stage: "journal", type: "InvalidJournal", message: "this is not the journal of an experiment",
                source: source, exitCode: exitCode ?? 1)
        }
        let outcome = Outcome(of: journal)
        let warnings = RunWarning.of(journal)
        let states = RawStates(journal)
        let passes = journal["status"] == "completed" && journal["deviated"] != true
        return [
            "schema": "chaostoolkit/agent/run/v1", "command": "run",
            "outcome": .string(outcome.rawValue),
            "conclusive": .bool(RunWarning.isConclusive(outcome, warnings)),
            "verdict": .string(verdict(outcome, journal)),
            "exit_code": JSONValue(exitCode ?? (passes ? 0 : 1)),
            "source": text(source), "journal_path": text(journalPath), "events_path": text(eventsPath),
            "experiment": [
                "title": journal["experiment"]?["title"] ?? .null, "dry": journal["experiment"]?["dry"] ?? .null,
            ],
            "journal": [
                "status": journal["status"] ?? .null, "deviated": journal["deviated"] ?? false,
                "start": journal["start"] ?? .null, "end": journal["end"] ?? .null,
                "duration": journal["duration"] ?? .null,
            ],
            "steady_state": [
                "before": state(states.before), "during": during(states.during), "after": state(states.after),
            ],
            "method": [
                "count": JSONValue(journal["run"]?.arrayValue?.count ?? 0), "failed": failed(journal["run"]),
            ],
            "rollbacks": [
                "declared": JSONValue(journal["experiment"]?["rollbacks"]?.arrayValue?.count ?? 0),
                "played": JSONValue(journal["rollbacks"]?.arrayValue?.count ?? 0),
                "failed": failed(journal["rollbacks"]),
            ],
            "interrupted_by": interruption(journal),
            "warnings": .array(warnings.map { ["code": .string($0.code), "message": .string($0.message)] }),
            "error": error(of: journal, journalFailure),
        ]
    }

    /// What aborted the run, otherwise why its journal could not be written.
    private static func error(of journal: JSONValue, _ journalFailure: String?) -> JSONValue {
        if let error = AbortError(of: journal) {
            return ["stage": .string(error.stage), "type": "RunAborted", "message": .string(error.message)]
        }
        guard let journalFailure else { return nil }
        return ["stage": "journal", "type": "JournalNotWritten", "message": .string(journalFailure)]
    }

    /// The document for an experiment that could not be run.
    ///
    /// - Parameter stage: what failed: `load`, `validate` …
    public static func agentError(
        stage: String, type: String, message: String, source: String? = nil, exitCode: Int = 1
    ) -> JSONValue {
        [
            "schema": "chaostoolkit/agent/run/v1", "command": "run", "outcome": "error", "conclusive": false,
            "verdict": .string("The experiment could not be run: \(stage) failed."), "exit_code": JSONValue(exitCode),
            "source": text(source), "journal_path": nil, "events_path": nil, "experiment": nil, "journal": nil,
            "steady_state": nil, "method": nil, "rollbacks": nil, "interrupted_by": nil, "warnings": [],
            "error": ["stage": .string(stage), "type": .string(type), "message": .string(message)],
        ]
    }

    /// The run in one sentence, in Chaos Toolkit's words.
    private static func verdict(_ outcome: Outcome, _ journal: JSONValue) -> String {
        let states = RawStates(journal)
        switch outcome {
        case .passed:
            let asksNothing = ["probes", "activities"].contains(journal["experiment"]?["dry"])
            if states.phases.isEmpty || asksNothing { return "The run completed without evaluating a steady state." }
            return "The steady state held \(Text.list(states.phases)) the method."
        case .deviated:
            let deviated = Text.list(states.deviatedPhases)
            if states.before == nil {
                return "The steady state did not hold \(deviated) the method, no baseline was evaluated before it."
            }
            return "The steady state held before the method but not \(deviated) it."
        case .baselineNotMet: return "The steady state did not hold before the method, nothing was injected."
        case .probeError:
            return "A steady-state probe could not be executed, its tolerance could not be evaluated."
        case .aborted:
            guard let error = AbortError(of: journal) else {
                return "The method ran into an unexpected error, the run was aborted."
            }
            return "\(error.place) ran into an unexpected error, the run was aborted: \(error.message)"
        case .error: return "The experiment could not be run."
        case .interrupted:
            guard let by = Interruption(of: journal) else { return "The run was interrupted before it completed." }
            switch by.kind {
            case "safeguard":
                return "The run was interrupted by the safeguard '\(by.name ?? "None")' before it completed."
            case "control":
                return "The run was interrupted by the control '\(by.name ?? "None")': \(by.reason ?? "")"
            default: return "The run was interrupted before it completed: \(by.reason ?? "")"
            }
        }
    }

    private static func state(_ state: JSONValue?) -> JSONValue {
        guard let state else { return nil }
        let probes = (state["probes"]?.arrayValue ?? []).map { probe -> JSONValue in
            var detail: JSONObject = [
                "name": probe["activity"]?["name"] ?? .null, "status": probe["status"] ?? .null,
                "tolerance_met": probe["tolerance_met"] ?? .null, "tolerance": probe["activity"]?["tolerance"] ?? .null,
            ]
            add(probe["output"], to: &detail)
            if let error = lastLine(probe["exception"]) { detail["error"] = .string(error) }
            return .object(detail)
        }
        return ["met": state["steady_state_met"] ?? .null, "probes": .array(probes)]
    }

    private static func during(_ states: [JSONValue]) -> JSONValue {
        let unmet = states.enumerated().filter { $0.element["steady_state_met"] == false }
        let probes = unmet.flatMap { $0.element["probes"]?.arrayValue ?? [] }
        let names = probes.filter { $0["tolerance_met"] == false }.compactMap { $0["activity"]?["name"]?.stringValue }
        return [
            "iterations": JSONValue(states.count), "unmet": JSONValue(unmet.count),
            "first_unmet_iteration": unmet.first.map { JSONValue($0.offset + 1) } ?? .null,
            "unmet_probes": .array(Set(names).sorted().map { .string($0) }),
        ]
    }

    private static func failed(_ runs: JSONValue?) -> JSONValue {
        .array(
            (runs?.arrayValue ?? []).filter { $0["status"] == "failed" }.map { run in
                ["name": run["activity"]?["name"] ?? .null, "error": text(lastLine(run["exception"]))]
            })
    }

    private static func interruption(_ journal: JSONValue) -> JSONValue {
        guard let by = Interruption(of: journal) else { return nil }
        guard by.kind == "safeguard" else {
            return ["kind": .string(by.kind), "name": text(by.name), "reason": text(by.reason)]
        }
        var detail: JSONObject = [
            "kind": "safeguard", "name": text(by.name), "status": by.run?["status"] ?? .null,
            "tolerance": by.run?["activity"]?["tolerance"] ?? .null,
        ]
        add(by.run?["output"], to: &detail)
        if let error = lastLine(by.run?["exception"]) { detail["error"] = .string(error) }
        return .object(detail)
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    private static func lastLine(_ exception: JSONValue?) -> String? {
        let lines = (exception?.arrayValue ?? []).compactMap(\.stringValue).joined()
        return lines.trimmingWhitespace.split(whereSeparator: \.isNewline).last.map { String($0) }
    }

    /// Adds an output, or its size when it is longer than the 4,096 characters that the document may hold.
    private static func add(_ output: JSONValue?, to detail: inout JSONObject) {
        let size = PythonLength.of(output ?? .null)
        if size > 4_096 {
            detail["output_truncated"] = true
            detail["output_size"] = JSONValue(size)
        } else {
            detail["output"] = output ?? .null
        }
    }
}

/// The length of a value in Python's `json.dumps(…, ensure_ascii=False)`, in characters.
private enum PythonLength {
    static func of(_ value: JSONValue) -> Int {
        switch value {
        case .string(let text): of(text)
        // A space behind each comma and each colon, unlike in ours.
        case .array(let elements): 2 + elements.reduce(0) { $0 + of($1) } + 2 * max(elements.count - 1, 0)
        case .object(let members):
            2 + members.reduce(0) { $0 + of($1.key) + 2 + of($1.value) } + 2 * max(members.count - 1, 0)
        default: value.description.utf8.count
        }
    }

    private static func of(_ text: String) -> Int {
        text.unicodeScalars.reduce(2) { length, scalar in
            switch scalar {
            case "\"", "\\", "\n", "\r", "\t", "\u{08}", "\u{0C}": length + 2
            case "\u{00}"..."\u{1F}": length + 6
            default: length + 1
            }
        }
    }
}
