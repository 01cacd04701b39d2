import Basics
import Console
import LocalHistory

/// The experiments as the console lists them: those in force, those whose files are faulty, and those without a file.
///
/// Those without a file were run by `--experiment`, or their files are gone: last come the newest of earlier sessions.
/// - Parameters:
///   - files: in force.
///   - faulty: of the folder's newest version. A file in force that is faulty by now has no button, too.
///   - runs: the last run of each.
///   - start: of the session.
func shownExperiments(
    _ files: [UpSystem.ExperimentFile], faulty: [UpFaults.Experiment], runs: [String: ExperimentRun],
    since start: Timestamp
) -> [ConsoleSnapshot.Experiment] {
    let faults = Dictionary(faulty.map { ($0.id, $0.fault) }) { first, _ in first }
    var listed = Set<String>()
    func shown(_ id: String, _ title: String, _ problem: String?) -> ConsoleSnapshot.Experiment? {
        listed.insert(id).inserted ? .init(id: id, title: title, problem: problem, lastRun: runs[id]) : nil
    }
    var experiments = files.compactMap { shown($0.id, $0.title, faults[$0.id]) }
    experiments += faulty.compactMap { shown($0.id, $0.id, $0.fault) }
    func shown(_ run: ExperimentRun) -> ConsoleSnapshot.Experiment? {
        let isRunning = run.start >= start && run.end == nil
        return shown(run.experiment, run.title, isRunning ? nil : "it is not one of the folder's files")
    }
    let others = runs.values.filter { !listed.contains($0.experiment) }
    experiments += others.filter { $0.start >= start }.sorted { $0.start < $1.start }.compactMap { shown($0) }
    let earlier = others.filter { $0.start < start }.sorted { $0.start > $1.start }
    return experiments + earlier.prefix(maximumEarlierRuns).compactMap { shown($0) }
}

/// How many runs without a file are shown of earlier sessions.
private let maximumEarlierRuns = 5

extension ConsoleSnapshot.Experiment {
    fileprivate init(id: String, title: String, problem: String?, lastRun run: ExperimentRun?) {
        let activities = run?.activities.map {
            Activity(name: $0.name, kind: $0.kind, start: $0.start, end: $0.end, isGood: $0.isGood)
        }
        self.init(
            id: id, title: title, state: run.flatMap { State(rawValue: $0.state) } ?? .ready,
            outcome: run?.outcome ?? "", problem: problem, activities: activities ?? [])
    }
}
