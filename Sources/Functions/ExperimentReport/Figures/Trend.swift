internal import Basics

/// What several runs have in common, and how it changes.
struct Trend: Sendable {
    /// One experiment, tag or contribution with its runs, oldest first.
    struct Group: Sendable {
        let name: String
        var runs: [Int] = []
        /// The highest level of a contribution.
        var level = ""
    }

    let runs: [RunJournal]
    /// By title, in the order of the first run.
    let experiments: [Group]
    let tags: [Group]
    let contributions: [Group]
    /// In the order of the runs; nil where there is none.
    let scores: [Double?]
    let deviations: [[Deviation]]

    init(_ runs: [RunJournal]) {
        self.runs = runs
        scores = runs.map { ResilienceScore(of: $0)?.value }
        deviations = runs.map { Deviation.all(in: $0) }
        experiments = Self.groups(runs) { [($0.title, "")] }
        tags = Self.groups(runs) { $0.tags.map { ($0, "") } }.sorted { $0.name < $1.name }
        contributions = Self.groups(runs) { $0.contributions.filter { $0.level != "none" } }
            .sorted { $0.name < $1.name }
    }

    private static func groups(
        _ runs: [RunJournal], by names: (RunJournal) -> [(name: String, level: String)]
    ) -> [Group] {
        let order = ["low", "medium", "high"]
        var groups: [Group] = []
        var places: [String: Int] = [:]
        for (index, run) in runs.enumerated() where run.isReadable {
            for (name, level) in names(run) {
                let place = places[name] ?? groups.count
                if place == groups.count {
                    places[name] = place
                    groups.append(Group(name: name))
                }
                if groups[place].runs.last != index { groups[place].runs.append(index) }
                if (order.firstIndex(of: level) ?? -1) > (order.firstIndex(of: groups[place].level) ?? -1) {
                    groups[place].level = level
                }
            }
        }
        return groups
    }

    /// How many of these runs answer their question, and how many of those passed.
    func passes(_ indices: some Sequence<Int>) -> (passed: Int, conclusive: Int) {
        indices.reduce(into: (0, 0)) { counts, index in
            guard runs[index].isConclusive else { return }
            counts.1 += 1
            if runs[index].outcome == .passed { counts.0 += 1 }
        }
    }

    /// `75 % (3 of 4)`.
    func passRate(_ indices: some Sequence<Int>) -> String {
        let (passed, conclusive) = passes(indices)
        guard conclusive > 0 else { return "–" }
        return "\(Text.percent(Double(passed), of: Double(conclusive))) (\(passed) of \(conclusive))"
    }

    /// The mean time until the hypothesis was met again, in seconds; nil when it never had to be.
    func meanTimeToRecovery(_ indices: some Sequence<Int>) -> Double? {
        let times = indices.flatMap { deviations[$0].compactMap(\.timeToRecovery) }
        return times.isEmpty ? nil : times.reduce(0, +) / Double(times.count)
    }

    /// How many runs ended before the hypothesis was met again.
    var neverRecovered: Int { deviations.count { $0.contains { $0.end == nil } } }

    /// The weighted score of each experiment's latest run that has one.
    var score: Double? {
        let latest = experiments.compactMap { group in group.runs.last { scores[$0] != nil } }
        let weights = latest.map { ResilienceScore.weight(of: runs[$0]) }
        let total = weights.reduce(0, +)
        guard total > 0 else { return nil }
        return zip(latest, weights).reduce(0) { $0 + (scores[$1.0] ?? 0) * $1.1 } / total
    }

    /// Targets that the last run that hit them has not put back.
    var openTargets: [HitTarget] {
        var last: [String: HitTarget] = [:]
        var order: [String] = []
        for target in runs.lazy.flatMap(\.targets) {
            let key = "\(target.kind) \(target.region) \(target.id)"
            if last.updateValue(target, forKey: key) == nil { order.append(key) }
        }
        return order.compactMap { last[$0] }.filter(\.isOpen)
    }

    /// The latest run of each experiment.
    var latest: [RunJournal] { experiments.compactMap { $0.runs.last.map { runs[$0] } } }
}
