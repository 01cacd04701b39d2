extension CloudWatchAlarm {
    /// The condition in words: `CPUUtilization > 80 for 2 of 3 datapoints of 5 min`; nil when too little is known.
    var condition: String? {
        guard let name = watched?.name ?? query.map({ _ in "the query's result" }) else { return nil }
        guard let comparison = comparison.flatMap(Self.sign) ?? reason.flatMap(Self.comparison(in:)) else { return nil }
        let limit: String
        if comparison.hasSuffix("band") {
            limit = ""
        } else if let threshold {
            limit = " " + exact(threshold) + (watched?.unit.map { " " + $0 } ?? "")
        } else {
            return nil
        }
        return "\(name) \(comparison)\(limit)" + (duration.map { " for " + $0 } ?? "")
    }

    /// `2 of 3 datapoints of 5 min`, `3 datapoints of 1 min`, `1 datapoint of 1 h`.
    private var duration: String? {
        guard let count = evaluationPeriods, count > 0 else { return nil }
        let needed = datapointsToAlarm ?? count
        let datapoints = needed == count ? counted(count, "datapoint") : "\(needed) of \(counted(count, "datapoint"))"
        return datapoints + (period.map { " of " + readable(seconds: Double($0)) } ?? "")
    }

    private static func sign(_ comparison: String) -> String? {
        switch comparison {
        case "GreaterThanThreshold": ">"
        case "GreaterThanOrEqualToThreshold": "≥"
        case "LessThanThreshold": "<"
        case "LessThanOrEqualToThreshold": "≤"
        case "GreaterThanUpperThreshold": "above the expected band"
        case "LessThanLowerThreshold": "below the expected band"
        case "LessThanLowerOrGreaterThanUpperThreshold": "outside the expected band"
        default: nil
        }
    }

    /// EventBridge does not tell the comparison; the reason does.
    private static func comparison(in reason: String) -> String? {
        if reason.has("upper threshold") {
            return reason.has("lower threshold") ? "outside the expected band" : "above the expected band"
        }
        if reason.has("lower threshold") { return "below the expected band" }
        if reason.has("greater than or equal to the threshold") { return "≥" }
        if reason.has("less than or equal to the threshold") { return "≤" }
        if reason.has("greater than the threshold") { return ">" }
        return reason.has("less than the threshold") ? "<" : nil
    }
}
