public import JSON

/// The results of one round of checks, for people and their tools.
public struct CheckReport: Sendable {
    let results: [CheckResult]
    /// When the round began.
    public let startedAt: Timestamp
    /// How long it took.
    public let duration: Duration

    /// A report of one round.
    public init(_ results: [CheckResult], startedAt: Timestamp, duration: Duration) {
        self.results = results
        self.startedAt = startedAt
        self.duration = duration
    }

    /// Whether nothing is down, but for what is in maintenance.
    public var isUp: Bool { results.allSatisfy { $0.isUp || $0.isInMaintenance } }

    /// A row for each endpoint, in the configuration's order.
    public var rows: [CheckRow] { results.map { CheckRow($0) } }

    /// `{"startedAt", "durationMs", "checked", "up", "down", "timedOut", "inMaintenance", "endpoints": [the results]}`.
    public var json: JSONValue {
        [
            "startedAt": .string(startedAt.iso8601(fractionDigits: 3)), "durationMs": .double(duration.inMilliseconds),
            "checked": .init(results.count), "up": .init(count(.up)), "down": .init(count(.down)),
            "timedOut": .init(count(.timedOut)), "inMaintenance": .init(results.count { $0.isInMaintenance }),
            "endpoints": .array(results.map(\.json)),
        ]
    }

    private func count(_ outcome: CheckResult.Outcome) -> Int { results.count { $0.outcome == outcome } }
}
