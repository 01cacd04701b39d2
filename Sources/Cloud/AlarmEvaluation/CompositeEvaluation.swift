public import CloudWatchAlarms

extension AlarmRuleExpression {
    /// Whether the rule is true.
    /// - Parameter state: the state of an alarm by its name or ARN; one that does not exist is in no state.
    public func isTrue(_ state: (String) -> AlarmState?) -> Bool {
        switch self {
        case .constant(let value): value
        case .state(let expected, let alarm): state(alarm) == expected
        case .not(let part): !part.isTrue(state)
        case .and(let parts): parts.allSatisfy { $0.isTrue(state) }
        case .or(let parts): parts.contains { $0.isTrue(state) }
        case .atLeast(let quorum, let expected, let isNegated, let alarms):
            alarms.count { alarm in state(alarm).map { ($0 == expected) != isNegated } ?? false }
                >= quorum.count(of: alarms.count)
        }
    }
}

extension AlarmRuleExpression.Quorum {
    /// How many alarms of this number; a percentage is rounded up, and of at least one alarm.
    public func count(of total: Int) -> Int {
        switch self {
        case .count(let count): count
        case .percent(let percent): max(1, (total * percent + 99) / 100)
        }
    }
}
