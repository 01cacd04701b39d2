import JSON
import Testing

@testable import ExperimentReport

@Suite("Scores, recovery and trends") struct FigureTests {
    private static func probes(_ results: [(name: String, met: Bool)], at seconds: Double) -> JSONValue {
        [
            "steady_state_met": .bool(results.allSatisfy(\.met)),
            "probes": .array(
                results.map { Journals.record($0.name, at: seconds, type: "probe", met: .bool($0.met)) }),
        ]
    }

    private static func weights(_ weights: JSONObject, experiment: JSONValue? = Optional.none) -> JSONObject {
        var score: JSONObject = ["probes": .object(weights)]
        score["weight"] = experiment
        return ["extensions": [["name": "other"], ["name": "tocsin", "score": .object(score)]]]
    }

    static let scores: [(name: String, journal: JSONValue, score: Double?)] = [
        ("all met", Journals.journal(), 1),
        ("half of the checks", Journals.journal(during: [Journals.check(false, at: 15)]), 0.5),
        ("the check before does not count", Journals.journal(before: Journals.check(false, at: 0), after: nil), nil),
        (
            "weights of probes",
            Journals.journal(
                after: probes([("a", true), ("healthy", false)], at: 20),
                experiment: weights(["a": 9, "healthy": 1])), 0.9
        ),
        (
            "a weight that is none counts 1",
            Journals.journal(
                after: probes([("a", true), ("healthy", false)], at: 20), experiment: weights(["a": "much"])), 0.5
        ),
        ("a dry run shows nothing", Journals.journal(experiment: ["dry": "actions"]), nil),
        ("a dry run without pauses does", Journals.journal(experiment: ["dry": "pause"]), 1),
    ]

    @Test("the score is the weighted share of probes that were met after the fault", arguments: scores)
    func score(_ row: (name: String, journal: JSONValue, score: Double?)) {
        #expect(ResilienceScore(of: RunJournal(row.journal))?.value == row.score)
    }

    @Test("an experiment weighs what its extension says, otherwise by its highest contribution")
    func experimentWeight() {
        func weight(_ experiment: JSONObject) -> Double {
            ResilienceScore.weight(of: RunJournal(Journals.journal(experiment: experiment)))
        }
        #expect(weight([:]) == 1)
        #expect(weight(["contributions": ["a": "low", "b": "none"]]) == 1)
        #expect(weight(["contributions": ["a": "medium", "b": "low"]]) == 5)
        #expect(weight(["contributions": ["a": "medium", "b": "high"]]) == 10)
        #expect(weight(Self.weights([:], experiment: 3)) == 3)
    }

    @Test("recovery is timed from the start of the first unmet check to the end of the next that is met")
    func recovery() {
        let checks = [(false, 10.0), (false, 12.0), (true, 14.0), (true, 16.0), (false, 18.0)]
        let during = checks.map { Journals.check($0.0, at: $0.1) }
        let run = RunJournal(Journals.journal(during: during, after: Journals.check(true, at: 20)))
        #expect(Deviation.all(in: run).map(\.timeToRecovery) == [5, 3])
        let never = RunJournal(Journals.journal(during: during, after: Journals.check(false, at: 20)))
        #expect(Deviation.all(in: never).map(\.timeToRecovery) == [5, nil])
        #expect(Deviation.all(in: RunJournal(Journals.journal(before: Journals.check(false, at: 0)))).isEmpty)
    }

    @Test("a trend counts only runs with a verdict, and the latest run of each experiment")
    func trend() {
        let runs = [
            Journals.journal(title: "a", experiment: ["tags": ["web"], "contributions": ["availability": "low"]]),
            Journals.journal(title: "a", after: Journals.check(false, at: 20), experiment: ["tags": ["web", "db"]]),
            Journals.journal(title: "b", experiment: ["contributions": ["availability": "high", "cost": "none"]]),
            Journals.journal(title: "b", status: "interrupted"),
        ]
        let trend = Trend(runs.map { RunJournal($0) })
        #expect(trend.passRate(trend.runs.indices) == "67 % (2 of 3)")
        #expect(trend.latest.map(\.outcome) == [.deviated, .interrupted])
        #expect(trend.tags.map(\.name) == ["db", "web"])
        #expect(trend.tags.map(\.runs) == [[1], [0, 1]])
        #expect(trend.contributions.map(\.name) == ["availability"])
        #expect(trend.contributions.first?.level == "high")
        #expect(trend.neverRecovered == 1)
    }

    @Test("a target counts as broken until a later run has put it back")
    func openTargets() {
        let broken = Journals.journal(extra: Journals.targets([("i-1", "still-broken"), ("i-2", "still-broken")]))
        let mended = Journals.journal(extra: Journals.targets([("i-1", "restored")]))
        #expect(Trend([RunJournal(broken), RunJournal(mended)]).openTargets.map(\.id) == ["i-2"])
        #expect(Trend([RunJournal(mended), RunJournal(broken)]).openTargets.map(\.id) == ["i-1", "i-2"])
    }

    static let percents: [(part: Double, whole: Double, text: String)] = [
        (0, 4, "0 %"), (1, 400, "1 %"), (1, 3, "33 %"), (999, 1_000, "99 %"), (4, 4, "100 %"), (0, 0, "–"),
    ]

    @Test("a percentage is never all or nothing unless it is", arguments: percents)
    func percent(_ row: (part: Double, whole: Double, text: String)) {
        #expect(Text.percent(row.part, of: row.whole) == row.text)
    }
}
