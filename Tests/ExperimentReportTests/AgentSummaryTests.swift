import JSON
import Testing

@testable import ExperimentReport

@Suite("Summary for agents") struct AgentSummaryTests {
    @Test("a journal gives what Chaos Toolkit itself says of it, field by field", arguments: Journals.samples)
    func likeChaosToolkit(_ name: String) throws {
        let (journal, expected) = try Journals.sample(name)
        let exitCode = try #require(expected["exit_code"]?.intValue)
        let summary = ExperimentReport.agentSummary(
            of: journal, source: "/experiments/\(name).json", journalPath: "/experiments/\(name).journal.json")
        #expect(summary["exit_code"]?.intValue == exitCode)
        for (key, value) in try #require(expected.objectValue) { #expect(summary[key] == value, "\(key)") }
        #expect(summary.objectValue?.keys == expected.objectValue?.keys)
    }

    static let precedence: [(name: String, journal: JSONValue, outcome: Outcome)] = [
        ("passed", Journals.journal(), .passed),
        ("after", Journals.journal(after: Journals.check(false, at: 20)), .deviated),
        ("during", Journals.journal(during: [Journals.check(false, at: 15)]), .deviated),
        (
            "baseline before deviation",
            Journals.journal(before: Journals.check(false, at: 0), after: Journals.check(false, at: 20)),
            .baselineNotMet
        ),
        (
            "probe error before baseline",
            Journals.journal(
                before: Journals.check(false, at: 0),
                after: ["steady_state_met": false, "probes": [Journals.record("healthy", at: 20, status: "failed")]]),
            .probeError
        ),
        (
            "aborted before probe error", Journals.journal(status: "aborted", before: Journals.check(false, at: 0)),
            .aborted
        ),
        (
            "interrupted before all", Journals.journal(status: "interrupted", after: Journals.check(false, at: 20)),
            .interrupted
        ),
        (
            "an interruption that an old version took for a failure",
            Journals.journal(run: [
                Journals.record(
                    "stop", at: 10, status: "failed",
                    exception: ["chaoslib.exceptions.ActivityFailed: chaoslib.exceptions.InterruptExecution: SIGTERM\n"]
                )
            ]), .interrupted
        ),
        (
            "of versions that called a deviation failed",
            Journals.journal(status: "failed", after: Journals.check(false, at: 20)), .deviated
        ),
    ]

    @Test("outcomes follow each other in their order of precedence", arguments: precedence)
    func outcome(_ row: (name: String, journal: JSONValue, outcome: Outcome)) {
        #expect(ExperimentReport.agentSummary(of: row.journal)["outcome"]?.stringValue == row.outcome.rawValue)
    }

    @Test("a safeguard, a control and a signal are named as what interrupted a run")
    func interruptions() {
        let safeguards: JSONObject = [
            "safeguards": ["triggered_by": "latency", "run": Journals.record("latency", at: 9, output: 812)]
        ]
        let safeguard = ExperimentReport.agentSummary(of: Journals.journal(status: "interrupted", extra: safeguards))
        #expect(safeguard["interrupted_by"]?["kind"] == "safeguard")
        #expect(safeguard["interrupted_by"]?["output"] == 812)
        let control: JSONObject = ["interruption": ["kind": "control", "name": "pager", "reason": "on call"]]
        let summary = ExperimentReport.agentSummary(of: Journals.journal(status: "interrupted", extra: control))
        #expect(summary["verdict"] == "The run was interrupted by the control 'pager': on call")
        #expect(summary["interrupted_by"] == ["kind": "control", "name": "pager", "reason": "on call"])
    }

    private static func process(_ name: String, _ status: JSONValue) -> JSONValue {
        [
            "activity": ["type": "action", "name": .string(name), "provider": ["type": "process", "path": "mv"]],
            "status": "succeeded", "output": ["status": status, "stdout": "", "stderr": ""],
        ]
    }

    static let warnings: [(journal: JSONValue, code: String, text: String, isConclusive: Bool)] = [
        (
            Journals.journal(extra: Journals.targets([("i-1", "restored"), ("i-2", "still-broken")])),
            "targets-still-broken", "i-2 (stop: still broken)", false
        ),
        (
            Journals.journal(run: [process("lose", 0), process("lose it", 1)]), "method-exit-status",
            "lose it (exit status 1)", false
        ),
        (
            Journals.journal(run: [process("killed", -9)]), "method-exit-status", "killed (exit status -9)", false
        ),
        (
            Journals.journal(extra: ["rollbacks": [process("bring back", 1)]]), "rollback-exit-status",
            "bring back (exit status 1)", true
        ),
        (Journals.journal(experiment: ["dry": "probes"]), "dry-run", "Probes were not executed", false),
        (Journals.journal(experiment: ["dry": "pause"]), "dry-run", "all activities were executed", false),
    ]

    @Test("what weakens a run that has passed is told", arguments: warnings)
    func warning(_ row: (journal: JSONValue, code: String, text: String, isConclusive: Bool)) throws {
        let summary = ExperimentReport.agentSummary(of: row.journal)
        #expect(summary["outcome"] == "passed")
        #expect(summary["conclusive"] == .bool(row.isConclusive))
        let warnings = try #require(summary["warnings"]?.arrayValue)
        #expect(warnings.compactMap { $0["code"]?.stringValue } == [row.code])
        #expect(warnings.first?["message"]?.stringValue?.contains(row.text) == true, "\(warnings)")
    }

    @Test("a dry run that asks no probe does not say that the steady state held", arguments: ["probes", "activities"])
    func nothingAsked(_ dry: String) {
        let summary = ExperimentReport.agentSummary(of: Journals.journal(experiment: ["dry": .string(dry)]))
        #expect(summary["verdict"] == "The run completed without evaluating a steady state.")
    }

    @Test(
        "what aborted a run is told, with its place",
        arguments: [("method", "The method ran"), ("rollbacks", "A rollback ran"), ("hypothesis", "A check of")])
    func aborted(_ stage: String, _ start: String) throws {
        let error: JSONValue = ["stage": .string(stage), "message": "i-1 is locked by run-2"]
        let summary = ExperimentReport.agentSummary(of: Journals.journal(status: "aborted", extra: ["error": error]))
        #expect(summary["error"]?["message"] == "i-1 is locked by run-2")
        #expect(summary["error"]?["stage"]?.stringValue == stage)
        let verdict = try #require(summary["verdict"]?.stringValue)
        #expect(verdict.hasPrefix(start))
        #expect(verdict.hasSuffix(": i-1 is locked by run-2"))
    }

    @Test("a journal that could not be written is an error")
    func journalNotWritten() {
        let summary = ExperimentReport.agentSummary(of: Journals.journal(), exitCode: 1, journalFailure: "disk full")
        #expect(summary["journal_path"] == JSONValue.null)
        #expect(summary["error"]?["message"] == "disk full")
    }

    @Test(
        "what is no journal is an error and not a run that passed",
        arguments: [[:], [1], nil, ["status": 3]] as [JSONValue])
    func noJournal(_ value: JSONValue) {
        let summary = ExperimentReport.agentSummary(of: value)
        #expect(summary["outcome"] == "error")
        #expect(summary["exit_code"] == 1)
        #expect(summary["error"]?["stage"] == "journal")
    }
}
