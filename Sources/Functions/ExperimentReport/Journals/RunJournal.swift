internal import Basics
internal import JSON

/// The journal of one run, read so that nothing in it can be wrong enough to stop a report.
///
/// A field that is missing or damaged is nil or empty. Texts are cleaned and cut where they are read.
struct RunJournal: Sendable {
    /// As it was given.
    let journal: JSONValue
    /// Whether it is a journal at all.
    let isReadable: Bool

    let title: String
    let description: String
    let tags: [String]
    /// What the experiment adds to: `reliability` by `high`, `medium`, `low` or `none`.
    let contributions: [(name: String, level: String)]
    let hypothesisTitle: String
    /// What a dry run left out: `actions`, `probes`, `activities` or `pause`; nil for a real run.
    let dry: String?

    let start: Timestamp?
    let end: Timestamp?
    /// Seconds.
    let duration: Double?

    let before: SteadyState?
    let during: [SteadyState]
    let after: SteadyState?
    let method: [ActivityRecord]
    let rollbacks: [ActivityRecord]
    /// How many activities the document declares in its method, and as rollbacks.
    let declared: (method: Int, rollbacks: Int)
    /// The hypothesis' probes in their order, by name.
    let probeNames: [String]

    let targets: [HitTarget]
    /// What the engine wants people to know.
    let engineWarnings: [String]
    let outcome: Outcome
    /// What weakens the outcome.
    let warnings: [RunWarning]

    init(_ journal: JSONValue) {
        self.journal = journal
        let experiment = journal["experiment"] ?? [:]
        let title = Text.line(experiment["title"])
        self.title = title.isEmpty ? "(no title)" : title
        description = Text.line(experiment["description"], limit: 2_000)
        tags = (experiment["tags"]?.arrayValue ?? []).prefix(30).map { Text.line($0, limit: 60) }
        contributions = (experiment["contributions"]?.objectValue ?? [:]).prefix(30).map {
            (Text.line($0.key, limit: 60), Text.line($0.value, limit: 20))
        }
        let hypothesis = experiment["steady-state-hypothesis"]
        hypothesisTitle = Text.line(hypothesis?["title"])
        let dry = experiment["dry"]?.stringValue.flatMap { $0.isEmpty ? nil : Text.line($0, limit: 20) }
        self.dry = dry

        start = ActivityRecord.moment(journal["start"])
        let length = ActivityRecord.seconds(journal["duration"])
        end = ActivityRecord.moment(journal["end"]) ?? start.map { $0 + .seconds(length ?? 0) }
        duration = length

        let states = journal["steady_states"]
        before = SteadyState(states?["before"], .before, dry: dry)
        during = (states?["during"]?.arrayValue ?? []).compactMap { SteadyState($0, .during, dry: dry) }
        after = SteadyState(states?["after"], .after, dry: dry)
        method = (journal["run"]?.arrayValue ?? []).map { ActivityRecord($0, dry: dry) }
        rollbacks = (journal["rollbacks"]?.arrayValue ?? []).map { ActivityRecord($0, dry: dry) }
        declared = (experiment["method"]?.arrayValue?.count ?? 0, experiment["rollbacks"]?.arrayValue?.count ?? 0)

        let declaredProbes = (hypothesis?["probes"]?.arrayValue ?? []).map { ActivityRecord(["activity": $0]).name }
        let checked = [before, after].compactMap { $0 } + during
        var seen: Set<String> = []
        probeNames = (declaredProbes + checked.flatMap { $0.probes.map(\.name) }).filter { seen.insert($0).inserted }

        let own = journal["tocsin"]
        targets = (own?["targets"]?.arrayValue ?? []).map { HitTarget($0) }
        engineWarnings = (own?["warnings"]?.arrayValue ?? []).prefix(50).map { warning in
            Text.line(warning["message"] ?? warning, limit: 400)
        }
        isReadable =
            journal["status"]?.stringValue != nil || states?.objectValue != nil || journal["run"]?.arrayValue != nil
        outcome = isReadable ? Outcome(of: journal) : .error
        warnings = isReadable ? RunWarning.of(journal) : []
    }

    /// All checks of the hypothesis in the order of time.
    var checks: [SteadyState] { [before].compactMap { $0 } + during + [after].compactMap { $0 } }

    /// Whether the run answers the question that the experiment asks.
    var isConclusive: Bool { RunWarning.isConclusive(outcome, warnings) }

    /// Targets that somebody has to look after.
    var openTargets: [HitTarget] { targets.filter(\.isOpen) }
}
