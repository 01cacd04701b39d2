import Basics
public import JSON
import Transport

/// What a run found out about one endpoint; holds no secrets, and nothing that the endpoint's `ui` hides.
public struct CheckResult: Sendable {
    /// How it ended.
    enum Outcome: String, Sendable {
        /// All conditions are met.
        case up
        /// At the last attempt a condition was not met, or the check failed.
        case down
        /// The run's deadline came before the check had ended, or begun.
        case timedOut = "timed-out"
        /// A step of a suite that did not run.
        case skipped
    }

    /// The endpoint's name.
    var name: String
    /// The endpoint's group.
    var group: String?
    /// Gatus's key of group and name: unique in a configuration.
    var key: String
    /// The URL without user, password and secret parameters; `nil` when `ui` hides it.
    var url: String?
    /// `extra-labels`.
    var labels: [(name: String, value: String)]
    /// How it ended.
    var outcome: Outcome
    /// The conditions as Gatus shows them; empty when `ui` hides them, or nothing was observed.
    var conditions: [ConditionResult] = []
    /// How many conditions were not met, shown or not.
    var failedConditionCount = 0
    /// What went wrong, in sentences.
    var errors: [String] = []
    /// Remarks that are no errors.
    var notes: [String] = []
    /// What the last attempt's steps have found for their labels.
    var captures: [(name: String, value: String)] = []
    /// What happened in the last attempt, a line each; empty unless that was asked for.
    var trace: [String] = []
    /// How many attempts ended or were cut off; 0 when there was no time for one.
    var attempts = 0
    /// Whether the attempts say nothing of the target, because the bodies of other checks took the memory.
    var foundNothing = false
    /// When the first attempt began; without one, when the run ended.
    var startedAt: Timestamp
    /// From the start of the first attempt to the end of the last.
    var duration = Duration.zero
    /// Whether a maintenance window was open when the check began.
    var isInMaintenance = false
    /// What the last attempt measured; `nil` without an attempt that ended.
    var measurements: Measurements?
    /// Of a suite: its steps in their order; `nil` for an endpoint.
    var steps: [CheckResult]?
    /// Of a step: the name of its suite.
    var suite: String?
    /// Of an external endpoint: whether it was pushed, or should have been; `nil` for what was checked.
    var external: ExternalSource?

    /// What one attempt measured.
    struct Measurements: Sendable {
        /// Whether there was a connection.
        var isConnected: Bool
        /// The address that answered; empty when unknown or hidden.
        var ip: String
        /// The status of HTTP; 0 when there is none.
        var status: Int
        /// How long the check took.
        var responseTime: Duration
        /// The phases of HTTP; all zero for other checks.
        var timings: HTTPTimings
        /// The time until the certificate expires, negative afterwards.
        var certificateExpiration: Duration?
        /// The time until the domain's registration expires, negative afterwards.
        var domainExpiration: Duration?
    }
}

extension CheckResult {
    /// Whether the endpoint is up.
    public var isUp: Bool { outcome == .up }

    /// `group/name`, or the name alone.
    var displayName: String { group.map { "\($0)/\(name)" } ?? name }

    /// The conditions that are not met, as Gatus shows them.
    var failedConditions: [String] { conditions.filter { !$0.isMet }.map(\.text) }
}

extension CheckResult {
    /// The result for programs: `{"name", "group"?, "url"?, "outcome": "up"|"down"|"timed-out"|"maintenance",
    /// "attempts", "startedAt", "durationMs", "conditions": [{"condition", "success"}], "errors": […], "status"?,
    /// "ip"?, "responseTimeMs"?, "certificateDays"?, "domainDays"?, "captures": {label: value}?, "trace"?, "notes"?,
    /// "maintenance": true?, "steps"?}`.
    ///
    /// A suite has `steps`, which are such results, too; the outcome of one that did not run is `skipped`, and `notes`
    /// say why.
    ///
    /// `maintenance` is true in a window also for an endpoint that is up; its outcome is `maintenance` if it is not.
    public var json: JSONValue {
        var object: JSONObject = ["name": .string(name)]
        object["group"] = group.map { .string($0) }
        object["url"] = url.map { .string($0) }
        object["outcome"] = state == .inMaintenance ? "maintenance" : .string(outcome.rawValue)
        object["attempts"] = .init(attempts)
        object["startedAt"] = .string(startedAt.iso8601(fractionDigits: 3))
        object["durationMs"] = .double(duration.inMilliseconds)
        object["conditions"] = .array(
            conditions.map { ["condition": .string($0.text), "success": .bool($0.isMet)] }
        )
        object["errors"] = .array(errors.map { .string($0) })
        if let measurements {
            if measurements.status != 0 { object["status"] = .init(measurements.status) }
            if !measurements.ip.isEmpty { object["ip"] = .string(measurements.ip) }
            object["responseTimeMs"] = .double(measurements.responseTime.inMilliseconds)
            object["certificateDays"] = measurements.certificateExpiration.map { .double($0.days) }
            object["domainDays"] = measurements.domainExpiration.map { .double($0.days) }
        }
        if !captures.isEmpty {
            var values = JSONObject()
            for (name, value) in captures { values[name] = .string(value) }
            object["captures"] = .object(values)
        }
        if !trace.isEmpty { object["trace"] = .array(trace.map { .string($0) }) }
        if !notes.isEmpty { object["notes"] = .array(notes.map { .string($0) }) }
        if isInMaintenance { object["maintenance"] = true }
        object["steps"] = steps.map { .array($0.map(\.json)) }
        return .object(object)
    }
}

extension Duration {
    /// Milliseconds, to the microsecond.
    var inMilliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds * 1_000_000 + attoseconds / 1_000_000_000_000) / 1_000
    }

    /// Days, to the hundredth.
    var days: Double { (Double(components.seconds) / 864).rounded(.down) / 100 }
}
