import Basics
import Events
import JSON
import Logging
import Synchronization

/// What a run did: its answer and its lines in the log.
struct RunReport: Sendable {
    /// In the order of the configuration, but for those that the run before had no time for: they are first.
    var results: [CheckResult]
    /// Endpoints and suites that were not checked: not enabled, or not due.
    var skipped: Int
    /// How long the checks took together.
    var duration: Duration
    /// Whose part of the file this is.
    var shard: Shard?
    /// External endpoints whose heartbeat was looked at.
    var heartbeats = 0
    /// Why nobody knows whether a heartbeat is missing.
    var heartbeatFailure: String?
    /// Metric data written.
    var data = 0
    /// Metric data that CloudWatch would never take: how many, and the reason of the first.
    var refusedData: (count: Int, first: String)?
    /// Why metrics were not written.
    var metricFailure: String?
    /// The endpoints, by their keys, whose metrics were not all written.
    var unwritten: Set<String> = []
    /// What became of changes and state.
    var tracking = ChangeTracker.Outcome()

    /// How many endpoints and changes the answer and the log name.
    static let maximumRows = 100

    private func count(_ state: CheckRow.State) -> Int { results.count { $0.state == state } }

    /// Those that are not up, and not in a maintenance window.
    private var failing: some Sequence<CheckResult> {
        results.lazy.filter { $0.state != .up && $0.state != .inMaintenance }
    }

    /// What could not be done.
    var failures: [(duty: UptimeChecker.Duty, reason: String)] {
        [
            metricFailure.map { (.metrics, "metrics not written: \($0)") },
            tracking.publishingFailure.map {
                (
                    .changes,
                    "\(counted(tracking.unpublished.count, "change")) not published, the next run tries again: \($0)"
                )
            },
            // Changes may be among those that nobody could see.
            heartbeatFailure.map { (.changes, "heartbeats not judged, the next run tries again: \($0)") },
            tracking.stateFailure.map { (.state, "state not kept: \($0)") },
        ].compactMap { $0 }
    }

    /// The endpoints, by their keys, whose metrics or changes were not written; only another check can supply them.
    var lostEndpoints: Set<String> { unwritten.union(tracking.unpublished) }

    /// The answer: totals, and those that are down, the first 100.
    var json: JSONValue {
        var object: JSONObject = [
            "checked": .init(results.count), "up": .init(count(.up)), "down": .init(count(.down)),
            "timedOut": .init(count(.timedOut)), "skipped": .init(skipped),
            "inMaintenance": .init(count(.inMaintenance)),
            "durationMs": .double(duration.inMilliseconds), "metrics": .init(data),
            "changes": .array(
                tracking.changes.prefix(Self.maximumRows).map { change in
                    ["endpoint": .string(change.endpoint.displayName), "state": .string(change.state.rawValue)]
                }),
        ]
        object["shard"] = shard.map { .string("\($0)") }
        if heartbeats > 0 { object["heartbeats"] = .init(heartbeats) }
        object["endpointsDown"] = .array(failing.prefix(Self.maximumRows).map(row))
        if let refusedData {
            object["refusedMetrics"] = ["count": .init(refusedData.count), "first": .string(refusedData.first)]
        }
        if !failures.isEmpty { object["failures"] = .array(failures.map { .string($0.reason) }) }
        return .object(object)
    }

    private func row(_ result: CheckResult) -> JSONValue {
        var row: JSONObject = ["name": .string(result.name)]
        row["group"] = result.group.map { .string($0) }
        row["url"] = result.url.map { .string($0) }
        row["outcome"] = .string(result.outcome.rawValue)
        row["attempts"] = .init(result.attempts)
        row["failedConditions"] = .array(result.failedConditions.map { .string($0) })
        row["errors"] = .array(result.errors.map { .string($0) })
        if result.isSuite { row["failedSteps"] = .array(result.failedSteps.map { .string($0) }) }
        row["since"] = tracking.downSince[result.key].map { .string($0.iso8601) }
        return .object(row)
    }

    /// A line for each endpoint that is down, each change and each failure, then the summary.
    func log(to logger: Logger) {
        logFindings(to: logger)
        var metadata: Logger.Metadata = [
            "checked": .stringConvertible(results.count), "up": .stringConvertible(count(.up)),
            "down": .stringConvertible(count(.down)), "timedOut": .stringConvertible(count(.timedOut)),
            "inMaintenance": .stringConvertible(count(.inMaintenance)),
            "skipped": .stringConvertible(skipped), "changes": .stringConvertible(tracking.changes.count),
            "metrics": .stringConvertible(data), "durationMs": .stringConvertible(duration.inMilliseconds),
        ]
        metadata["shard"] = shard.map { "\($0)" }
        logger.info("endpoints checked", metadata: metadata)
    }

    /// A line for each endpoint that is down, each change and each failure.
    func logFindings(to logger: Logger) {
        for result in failing.prefix(Self.maximumRows) {
            logger.warning(
                result.isSuite ? "suite down" : "endpoint down",
                metadata: [
                    result.isSuite ? "suite" : "endpoint": "\(result.displayName)",
                    "outcome": "\(result.outcome.rawValue)",
                    "conditions": .array(result.failedConditions.map { .string($0) }),
                    "errors": .array(result.errors.map { .string($0) }),
                ])
        }
        for change in tracking.changes.prefix(Self.maximumRows) {
            logger.notice("state changed", metadata: ["change": "\(change.id)", "state": "\(change.state.rawValue)"])
        }
        if let refusedData {
            logger.error(
                "metrics refused",
                metadata: ["count": .stringConvertible(refusedData.count), "first": "\(refusedData.first)"])
        }
        for failure in failures {
            logger.error(
                "run incomplete", metadata: ["what": "\(failure.duty.rawValue)", "reason": "\(failure.reason)"])
        }
    }
}

/// Warns about settings that have no effect, once for each configuration.
final class ConfigurationNotes: Sendable {
    private let logged = Mutex<[String]>([])

    /// - Parameter warnings: further ones, about the file together with the variables.
    func log(_ file: UptimeConfiguration, _ warnings: [String] = [], to logger: Logger) {
        let warnings = file.warnings + warnings
        let notes = warnings + file.unsetVariables + file.notUsed
        let isNew = logged.withLock { logged in
            defer { logged = notes }
            return logged != notes
        }
        guard isNew else { return }
        for note in file.unsetVariables { logger.warning("variable not set", metadata: ["where": "\(note)"]) }
        for warning in warnings { logger.warning("odd configuration", metadata: ["reason": "\(warning)"]) }
        for note in file.notUsed { logger.notice("key not used", metadata: ["key": "\(note)"]) }
    }
}
