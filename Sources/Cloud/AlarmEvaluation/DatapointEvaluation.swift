public import Basics
public import CloudWatchAlarms

/// What the newest periods of a metric mean for an alarm: CloudWatch's "M out of N" with its rules of missing data.
///
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
public struct DatapointEvaluation: Sendable {
    /// The state that follows; nil when the alarm keeps the one that it has.
    public var state: AlarmState?
    /// The existing datapoints that were compared, oldest first; at most N.
    public var datapoints: [DatedPoint]
    /// How many of them breach.
    public var breaching: Int
    /// How many missing ones were counted as breaching or as not breaching.
    public var filled: Int
    /// The starts of the periods without data among the newest N, newest first.
    public var missing: [Timestamp]

    /// A datapoint with the start of its period.
    public struct DatedPoint: Sendable, Hashable {
        /// The start of its period.
        public var start: Timestamp
        /// The value.
        public var point: Datapoint
    }

    /// Evaluates the periods of the evaluation range.
    /// - Parameters:
    ///   - points: a value or nothing for each slot.
    ///   - slots: the newest periods, oldest first; normally ``MetricCondition/evaluationRange`` of them.
    ///   - treatment: what a missing period counts as, which for DynamoDB is not what the condition says.
    public init(
        _ points: [Datapoint?], in slots: [MetricSlot], of condition: MetricCondition, treatment: MissingData,
        isBreached: (Double) -> Bool
    ) {
        let (needed, count) = (condition.datapointsToAlarm, condition.evaluationPeriods)
        let real = zip(slots, points).enumerated().compactMap { index, pair in
            pair.1.map { (age: slots.count - index, dated: DatedPoint(start: pair.0.start, point: $0)) }
        }
        let used = Array(real.suffix(count))
        let breaches = used.map { isBreached($0.dated.point.value) }
        let breaching = breaches.count { $0 }
        datapoints = used.map(\.dated)
        self.breaching = breaching
        missing = zip(slots, points).suffix(count).filter { $0.1 == nil }.map(\.0.start).reversed()
        filled = 0
        let missingCount = count - used.count
        guard missingCount > 0 else {
            state = breaching >= needed ? .alarm : .ok
            return
        }
        switch treatment {
        case .breaching:
            filled = missingCount
            state = breaching + missingCount >= needed ? .alarm : .ok
        case .notBreaching:
            filled = missingCount
            state = breaching >= needed ? .alarm : .ok
        case .missing, .ignore:
            guard let oldest = used.first else {
                state = treatment == .missing ? .insufficientData : nil
                return
            }
            if breaching >= needed {
                state = .alarm
            } else if breaches.contains(false) {
                state = .ok
            } else {
                // All that there is breaches. Once the oldest of it is M periods old, `missing` does not wait for more:
                // AWS calls that the premature alarm state.
                state = treatment == .missing && oldest.age >= needed ? .alarm : nil
            }
        }
    }
}

extension MetricCondition {
    /// What a missing period counts as: metrics of DynamoDB always ignore it, whatever `TreatMissingData` says.
    public var effectiveMissingData: MissingData {
        let isDynamoDB =
            switch data {
            case .metric(let statistic): statistic.namespace == "AWS/DynamoDB"
            case .queries(let queries):
                queries.contains {
                    if case .metric(let statistic, _) = $0.source {
                        statistic.namespace == "AWS/DynamoDB"
                    } else {
                        false
                    }
                }
            }
        return isDynamoDB ? .ignore : missingData
    }

    /// Whether a percentile has too few samples to be evaluated, when the condition says that it needs enough.
    ///
    /// Needed are 10 / (1 − p) samples from the median up and 10 / p below it, over the N newest periods together.
    public func hasTooFewSamples(_ points: [Datapoint?]) -> Bool {
        guard !evaluatesFewSamples, case .metric(let statistic) = data, statistic.statistic.hasPrefix("p"),
            let percent = Double(statistic.statistic.dropFirst()), percent > 0, percent < 100
        else { return false }
        let newest = points.suffix(evaluationPeriods).compactMap { $0 }
        guard !newest.isEmpty else { return false }
        let samples = newest.reduce(0) { $0 + ($1.sampleCount ?? 0) }
        return samples < 1_000 / (percent >= 50 ? 100 - percent : percent)
    }
}
