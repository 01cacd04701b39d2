internal import Basics
internal import JSON

/// What a run has shown, by the names and the precedence of Chaos Toolkit 1.21's `--output agent`.
enum Outcome: String, Sendable, CaseIterable {
    /// The run was ended by a signal, a control or a safeguard.
    case interrupted
    /// An error that nobody expected ended the method.
    case aborted
    /// A probe of the hypothesis could not be run.
    case probeError = "probe-error"
    /// The system was not well before the method, which was therefore not run.
    case baselineNotMet = "baseline-not-met"
    /// The system was well before, and not during or after the method.
    case deviated
    /// The system was well whenever it was checked.
    case passed
    /// There is no run to judge.
    case error

    /// The outcome of a journal.
    init(of journal: JSONValue) {
        if journal["status"] == "interrupted" || Interruption.swallowed(in: journal) != nil {
            self = .interrupted
        } else if journal["status"] == "aborted" {
            self = .aborted
        } else if RawStates(journal).all.contains(where: Self.hasProbeError) {
            self = .probeError
        } else if RawStates(journal).before?["steady_state_met"] == false {
            self = .baselineNotMet
        } else if !RawStates(journal).deviatedPhases.isEmpty {
            self = .deviated
        } else {
            self = .passed
        }
    }

    private static func hasProbeError(_ state: JSONValue) -> Bool {
        (state["probes"]?.arrayValue ?? []).contains { $0["status"] != "succeeded" }
    }
}

/// The checks of the hypothesis as a journal has them, without those that were not made.
struct RawStates {
    let before: JSONValue?
    let during: [JSONValue]
    let after: JSONValue?

    init(_ journal: JSONValue) {
        let states = journal["steady_states"]
        func made(_ state: JSONValue?) -> JSONValue? { state?.objectValue?.isEmpty == false ? state : nil }
        before = made(states?["before"])
        during = (states?["during"]?.arrayValue ?? []).compactMap(made)
        after = made(states?["after"])
    }

    var all: [JSONValue] { [before].compactMap { $0 } + during + [after].compactMap { $0 } }

    /// `during`, `after` or both.
    var deviatedPhases: [String] {
        (during.contains { $0["steady_state_met"] == false } ? ["during"] : [])
            + (after?["steady_state_met"] == false ? ["after"] : [])
    }

    /// The phases in which the hypothesis was checked.
    var phases: [String] {
        (before == nil ? [] : ["before"]) + (during.isEmpty ? [] : ["during"]) + (after == nil ? [] : ["after"])
    }
}

/// What aborted a run, as Tocsin's engine writes it into the journal: `error: {stage, message}`.
struct AbortError {
    /// `hypothesis`, `method` or `rollbacks`.
    let stage: String
    let message: String

    /// - Returns: nil when the run was not aborted, or the journal does not tell by what.
    init?(of journal: JSONValue) {
        guard journal["status"] == "aborted", let message = journal["error"]?["message"]?.stringValue else {
            return nil
        }
        stage = journal["error"]?["stage"]?.stringValue ?? "method"
        self.message = message
    }

    /// Where it happened, for people.
    var place: String {
        switch stage {
        case "hypothesis": "A check of the steady state"
        case "rollbacks": "A rollback"
        default: "The method"
        }
    }
}

/// What ended a run before its time.
struct Interruption {
    /// `safeguard`, `control` or `signal`.
    let kind: String
    let name: String?
    let reason: String?
    /// The safeguard's probe; nil for the other kinds.
    let run: JSONValue?

    /// - Returns: nil when the run was not interrupted, or the journal does not tell by what.
    init?(of journal: JSONValue) {
        let swallowed = Self.swallowed(in: journal)
        guard journal["status"] == "interrupted" || swallowed != nil else { return nil }
        if let name = journal["safeguards"]?["triggered_by"]?.stringValue, !name.isEmpty {
            (kind, self.name, reason) = ("safeguard", name, nil)
            run = journal["safeguards"]?["run"]
        } else if let told = journal["interruption"], let reason = told["reason"]?.stringValue, !reason.isEmpty {
            kind = told["kind"]?.stringValue ?? "control"
            name = told["name"]?.stringValue
            self.reason = reason
            run = nil
        } else if let swallowed {
            (kind, name, reason, run) = ("signal", nil, swallowed, nil)
        } else {
            return nil
        }
    }

    /// The reason of an interruption that old versions of chaostoolkit-lib recorded as the failure of an activity.
    static func swallowed(in journal: JSONValue) -> String? {
        let probes = RawStates(journal).all.lazy.flatMap { $0["probes"]?.arrayValue ?? [] }
        for runs in [journal["run"]?.arrayValue ?? [], journal["rollbacks"]?.arrayValue ?? []] {
            if let reason = runs.lazy.compactMap(swallowed(by:)).first { return reason }
        }
        return probes.compactMap(swallowed(by:)).first
    }

    private static func swallowed(by run: JSONValue) -> String? {
        let mark = "chaoslib.exceptions.ActivityFailed: chaoslib.exceptions.InterruptExecution"
        for line in run["exception"]?.arrayValue ?? [] {
            guard let line = line.stringValue?.trimmingWhitespace, line.hasPrefix(mark) else { continue }
            let reason = line.dropFirst(mark.count).drop { $0 == ":" || $0 == " " }
            return reason.isEmpty ? "interrupted" : String(reason)
        }
        return nil
    }
}

/// Something that weakens the outcome of a run, by Chaos Toolkit's codes.
struct RunWarning: Sendable {
    let code: String
    let message: String

    /// The warnings that keep a run from answering the question.
    private static let inconclusive: Set<String> = [
        "dry-run", "no-steady-state-hypothesis", "method-activity-failed", exitStatus, stillBroken,
    ]

    /// Not one of Chaos Toolkit's: actions of the method ended with an error, which is no failure for it.
    static let exitStatus = "method-exit-status"
    /// Not one of Chaos Toolkit's: rollbacks ended with an error.
    static let rollbackExitStatus = "rollback-exit-status"
    /// Not one of Chaos Toolkit's: targets were not put back.
    static let stillBroken = "targets-still-broken"

    static func of(_ journal: JSONValue) -> [RunWarning] {
        var warnings: [RunWarning] = []
        let experiment = journal["experiment"]
        if let dry = experiment?["dry"]?.stringValue, !dry.isEmpty {
            let what =
                switch dry {
                case "probes": "Probes were not executed"
                case "pause": "Pauses were left out, all activities were executed"
                default: "Activities were not executed"
                }
            warnings.append(RunWarning(code: "dry-run", message: "\(what) (dry run: \(dry))."))
        }
        if experiment?["steady-state-hypothesis"]?["probes"]?.arrayValue?.isEmpty ?? true {
            warnings.append(
                RunWarning(
                    code: "no-steady-state-hypothesis",
                    message: "The experiment has no steady-state probes, nothing was judged."))
        }
        if let names = failed(journal["run"]) {
            warnings.append(
                RunWarning(
                    code: "method-activity-failed",
                    message: "Method activities failed, the perturbation may not have been applied: \(names)."))
        }
        if let names = endedWithError(journal["run"]) {
            warnings.append(
                RunWarning(
                    code: exitStatus,
                    message: "Actions of the method ended with an error, the perturbation may not have been applied: "
                        + "\(names)."))
        }
        let declared = experiment?["rollbacks"]?.arrayValue?.count ?? 0
        let played = journal["rollbacks"]?.arrayValue?.count ?? 0
        if played < declared {
            warnings.append(
                RunWarning(
                    code: "rollbacks-not-played",
                    message: "Only \(played) of \(declared) declared rollbacks were played, the system may not be "
                        + "restored."))
        }
        if let names = failed(journal["rollbacks"]) {
            warnings.append(
                RunWarning(
                    code: "rollback-failed",
                    message: "Rollbacks failed, the system may not be restored: \(names)."))
        }
        if let names = endedWithError(journal["rollbacks"]) {
            warnings.append(
                RunWarning(
                    code: rollbackExitStatus,
                    message: "Rollbacks ended with an error, the system may not be restored: \(names)."))
        }
        let open = (journal["tocsin"]?["targets"]?.arrayValue ?? []).map { HitTarget($0) }.filter(\.isOpen)
        if !open.isEmpty {
            let targets = Text.few(open.map { "\($0.id) (\($0.activity): \($0.words))" }, limit: 20)
            warnings.append(
                RunWarning(code: stillBroken, message: "Not put back: \(targets). tocsin chaos recover tries again."))
        }
        return warnings
    }

    static func isConclusive(_ outcome: Outcome, _ warnings: [RunWarning]) -> Bool {
        (outcome == .passed || outcome == .deviated) && !warnings.contains { inconclusive.contains($0.code) }
    }

    /// The actions whose process or HTTP call told an error, with its status; nil when none did.
    private static func endedWithError(_ runs: JSONValue?) -> String? {
        let actions = (runs?.arrayValue ?? []).compactMap { run -> String? in
            let (activity, status) = (run["activity"], run["output"]?["status"]?.intValue ?? 0)
            guard run["status"] == "succeeded", activity?["type"] == "action" else { return nil }
            switch activity?["provider"]?["type"] {
            case "process" where status != 0: return "\(name(of: run)) (exit status \(status))"
            case "http" where status > 399: return "\(name(of: run)) (HTTP status \(status))"
            default: return nil
            }
        }
        return actions.isEmpty ? nil : actions.joined(separator: ", ")
    }

    /// The names of the runs that failed; nil when none did.
    private static func failed(_ runs: JSONValue?) -> String? {
        let names = (runs?.arrayValue ?? []).filter { $0["status"] == "failed" }.map(name(of:))
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }

    private static func name(of run: JSONValue) -> String {
        run["activity"]?["name"].map { $0.stringValue ?? $0.description } ?? "None"
    }
}
