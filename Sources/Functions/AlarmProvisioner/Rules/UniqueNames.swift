import CloudWatchAlarms

extension AlarmBuilder {
    /// Gives every alarm a name of its own in its scope.
    ///
    /// Alarms of one rule whose resources share a name all get a hash of the resource, so that none depends on the
    /// order. Of different rules' alarms the one whose source ranks higher stays.
    mutating func resolveNames() {
        var first: [AlarmScope: [String: Int]] = [:]
        var same: [Int: [Int]] = [:]
        for index in alarms.indices {
            let previous = first[alarms[index].scope, default: [:]][alarms[index].alarm.name]
            if let previous {
                same[previous, default: [previous]].append(index)
            } else {
                first[alarms[index].scope, default: [:]][alarms[index].alarm.name] = index
            }
        }
        guard !same.isEmpty else { return }
        var dropped: Set<Int> = []
        for (_, group) in same.sorted(by: { $0.key < $1.key }) { resolve(group, &dropped) }
        alarms = alarms.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
    }

    private mutating func resolve(_ group: [Int], _ dropped: inout Set<Int>) {
        let rules = group.map { AlarmOrigin(alarms[$0].reason) }.uniqued
        // The first of the highest rank.
        var winner = rules[0]
        for rule in rules.dropFirst() where rule.origin.rank > winner.origin.rank { winner = rule }
        let name = alarms[group[0]].alarm.name
        let equals = rules.filter { $0 != winner && $0.origin.rank == winner.origin.rank }
        for other in equals {
            notices.append(
                RuleNotice(
                    .error,
                    "rule \(other.rule) (\(other.origin)) makes an alarm \(name) in \(alarms[group[0]].scope), as rule "
                        + "\(winner.rule) (\(winner.origin)) does: give one of them another name"))
        }
        let kept = group.filter { AlarmOrigin(alarms[$0].reason) == winner }
        dropped.formUnion(group.filter { !kept.contains($0) })
        guard kept.count > 1 else { return }
        for index in kept {
            let difference = alarms[index].reason.resource ?? ""
            alarms[index].alarm.name = AlarmName.distinct(name, by: difference + "\n" + alarms[index].dimensionText)
        }
    }

    /// The rule of an alarm.
    private struct AlarmOrigin: Hashable {
        var rule: String
        var origin: RuleOrigin

        init(_ reason: AlarmReason) { (rule, origin) = (reason.rule, reason.origin) }
    }
}

extension DesiredAlarm {
    /// The dimensions of its metrics, in a fixed order.
    fileprivate var dimensionText: String {
        guard case .metric(let condition) = alarm.condition else { return "" }
        let sets: [[String: String]] =
            switch condition.data {
            case .metric(let metric): [metric.dimensions]
            case .queries(let queries):
                queries.compactMap { if case .metric(let metric, _) = $0.source { metric.dimensions } else { nil } }
            }
        return sets.map { set in
            set.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        }.joined(separator: ";")
    }
}
