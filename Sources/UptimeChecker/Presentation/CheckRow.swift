/// What a table says of one endpoint.
public struct CheckRow: Sendable, Hashable {
    /// How the check ended.
    public enum State: Sendable, Hashable {
        /// All conditions are met.
        case up
        /// A condition is not met, or the check failed.
        case down
        /// There was no time to end the check.
        case timedOut
        /// Not up, in a maintenance window.
        case inMaintenance
    }

    /// `group/name`, or the name alone.
    public let endpoint: String
    /// How the check ended.
    public let state: State
    /// The HTTP status; `nil` without one.
    public let status: Int?
    /// How long the answer took; `nil` without one.
    public let responseTime: Duration?
    /// Days until the certificate expires, negative afterwards; `nil` without one.
    public let certificateDays: Int?
    /// How often it was checked.
    public let attempts: Int
    /// Why it is not up: the conditions that are not met and what went wrong.
    public let problems: [String]
    /// What is worth knowing besides.
    public let notes: [String]

    init(_ result: CheckResult) {
        endpoint = result.displayName
        state =
            switch result.outcome {
            case .up: .up
            case .down: result.isInMaintenance ? .inMaintenance : .down
            case .timedOut: result.isInMaintenance ? .inMaintenance : .timedOut
            }
        let measured = result.measurements
        status = measured.flatMap { $0.status >= 100 ? $0.status : nil }  // ssh has 0 and 1
        responseTime = measured.flatMap { $0.isConnected ? $0.responseTime : nil }
        certificateDays = measured?.certificateExpiration.map { Int($0.days.rounded(.down)) }
        attempts = result.attempts
        problems = result.problems
        notes = result.notes
    }
}

extension CheckResult {
    /// Why the endpoint is not up; never empty when it is not.
    var problems: [String] {
        guard !isUp else { return [] }
        let shown = errors + failedConditions
        return shown.isEmpty ? ["a condition is not met, and the endpoint's ui hides which"] : shown
    }
}
