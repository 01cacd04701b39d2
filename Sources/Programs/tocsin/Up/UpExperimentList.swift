import Basics
import Console
import LocalHistory

/// The experiments as the console lists them: those in force, those whose files are faulty, and those without a file.
/// - Parameters:
///   - files: in force.
///   - faulty: of the folder's newest version. A file in force that is faulty by now has no button, too.
///   - runs: the last run of each.
///   - start: of the session; of those without a file, such as that of `--experiment`, only its own runs are shown.
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
    let others = runs.values.filter { $0.start >= start }.sorted { $0.start < $1.start }
    return experiments
        + others.compactMap { run in
            shown(run.experiment, run.title, run.end == nil ? nil : "it is not one of the folder's files")
        }
}

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
