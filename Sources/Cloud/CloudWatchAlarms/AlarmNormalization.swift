import Basics

extension Alarm {
    /// The same alarm in the one form that all alarms with the same effect have.
    ///
    /// CloudWatch keeps neither the order of actions nor that of dimensions, and fills in what was left out: two alarms
    /// differ only when these forms do. Tags stay as they are.
    public var normalized: Alarm {
        var alarm = self
        alarm.actions = actions.normalized
        switch condition {
        case .metric(let condition): alarm.condition = .metric(condition.normalized)
        case .promQL: break
        case .composite(var condition):
            condition.rule = condition.rule.normalized
            if let alarm = condition.suppressor?.alarm { condition.suppressor?.alarm = alarm.alarmName }
            alarm.condition = .composite(condition)
        case .log(var condition):
            condition.logGroups.sortInPlace()
            if condition.actionLogLines == 0 { condition.actionLogLineRoleARN = nil }
            alarm.condition = .log(condition)
        }
        return alarm
    }

    /// Whether both alarms have the same settings, whatever their tags.
    public func hasSettings(of other: Alarm) -> Bool {
        // Comparing as they are comes first: of 40,000 alarms nearly all are equal at once.
        if name == other.name, description == other.description, actions == other.actions,
            condition == other.condition
        {
            return true
        }
        let (left, right) = (normalized, other.normalized)
        return left.name == right.name && left.description == right.description && left.actions == right.actions
            && left.condition == right.condition
    }
}

extension MuteRule {
    /// The same rule with its alarms in order.
    public var normalized: MuteRule {
        var rule = self
        rule.alarms = Array(Set(alarms)).sorted()
        return rule
    }
}

extension AlarmActions {
    fileprivate var normalized: AlarmActions {
        var actions = self
        actions.alarm.sortInPlace()
        actions.ok.sortInPlace()
        actions.insufficientData.sortInPlace()
        switch propagatedTags {
        case .only(let keys)?: actions.propagatedTags = .only(keys.sorted())
        case .except(let keys)?: actions.propagatedTags = .except(keys.sorted())
        case .all?, nil: break
        }
        return actions
    }
}

extension MetricCondition {
    fileprivate var normalized: MetricCondition {
        var condition = self
        var statistics: [String] = []
        switch data {
        case .metric(let statistic):
            condition.data = .metric(statistic.normalized)
            statistics = [statistic.statistic]
        case .queries(let queries):
            condition.data = .queries(queries.map(\.normalized).sorted { $0.id < $1.id })
            statistics = queries.compactMap { query in
                if case .metric(let statistic, _) = query.source { statistic.statistic } else { nil }
            }
        }
        // CloudWatch forgets it where no percentile is.
        if statistics.allSatisfy({ MetricStatistic.plainStatistics.contains($0) }) {
            condition.evaluatesFewSamples = true
        }
        if window == .sliding { condition.window = nil }
        return condition
    }
}

extension MetricStatistic {
    fileprivate var normalized: MetricStatistic {
        guard unit == "None" else { return self }
        var statistic = self
        statistic.unit = nil
        return statistic
    }
}

extension MetricQuery {
    fileprivate var normalized: MetricQuery {
        var query = self
        if case .metric(let statistic, let account) = source {
            query.source = .metric(statistic.normalized, account: account)
        }
        if label?.isEmpty == true { query.label = nil }
        return query
    }
}

extension String {
    /// The name of an alarm that is given by its ARN; any other text as it is.
    ///
    /// Composites can only have alarms of their own account and region, so that the name says it all.
    package var alarmName: String {
        guard let fields = arnFields, fields.count == 6, fields[2] == "cloudwatch", fields[5].hasPrefix("alarm:") else {
            return self
        }
        return String(fields[5].dropFirst(6))
    }
}

extension [String] {
    /// Sorts and removes what is there twice; lists of one text, which are most, stay untouched.
    fileprivate mutating func sortInPlace() {
        guard count > 1 else { return }
        self = Set(self).sorted()
    }
}
