import Basics
import Events
import JSON
import Testing

@Suite struct ExperimentResultTests {
    static let journal: JSONValue = [
        "experiment": ["title": "t", "description": "d", "tags": ["a", 5, ""]], "status": "failed", "deviated": true,
        "steady_states": ["before": ["steady_state_met": true], "after": nil],
        "run": [
            ["activity": ["name": "stop"], "status": "succeeded"],
            ["activity": ["name": "probe"], "status": "failed", "exception": ["Traceback", "  a\nValueError: no \n"]],
        ],
        "rollbacks": [[:]], "interruption": ["reason": "signal"], "end": "2026-11-20T10:00:00Z", "duration": 12.5,
        "node": "runner-1",
    ]

    @Test func journalOfTheChaosToolkit() throws {
        let result = try #require(ExperimentResult(Self.journal))
        #expect(result.title == "t")
        #expect(result.description == "d")
        #expect(result.tags == ["a", "5"])
        #expect(result.status == "failed")
        #expect(result.hasDeviated)
        #expect(result.wasSteadyBefore == true)
        #expect(result.wasSteadyAfter == nil)
        #expect(result.activities.map(\.name) == ["stop", "probe"])
        #expect(result.activities.map(\.succeeded) == [true, false])
        #expect(result.activities.map(\.error) == [nil, "ValueError: no"])
        #expect(result.rollbacks.map(\.succeeded) == [false])
        #expect(result.interruption == "signal")
        #expect(result.end == Timestamp(iso8601: "2026-11-20T10:00:00Z"))
        #expect(result.duration == 12.5)
        #expect(result.node == "runner-1")
    }

    @Test(
        arguments: [
            [:], ["experiment": [:]], ["experiment": "x", "status": "completed"], ["status": "completed"], 5, nil,
        ] as [JSONValue])
    func whatIsNoJournal(value: JSONValue) {
        #expect(ExperimentResult(value) == nil)
        #expect(ExperimentRun(value) == nil)
    }

    @Test(arguments: [journal, .string(journal.description)])
    func aRunHoldsTheJournalOrItsText(response: JSONValue) throws {
        let run = try #require(
            ExperimentRun(["experiment_source": "a.yml", "state": "done", "response": response, "journal": "s3://b/k"]))
        #expect(run.source == "a.yml")
        #expect(run.state == "done")
        #expect(String(describing: run.result) == String(describing: ExperimentResult(Self.journal)))
        #expect(run.journalPath == "s3://b/k")
    }

    @Test func aRunWithoutAJournalHasItsAnswer() throws {
        let run = try #require(
            ExperimentRun(["experiment_source": "a.yml", "state": "failed", "response": "no such file"]))
        #expect(run.result == nil)
        #expect(run.response == "no such file")
        #expect(run.journalPath == nil)
    }
}
