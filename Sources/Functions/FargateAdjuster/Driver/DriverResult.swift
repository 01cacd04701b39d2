import Basics
import JSON

/// The end of a run for the servo: the last line, and the exit status.
struct DriverResult: Sendable, Hashable {
    /// Why it failed; nil when it succeeded.
    struct Failure: Sendable, Hashable {
        /// One word for programs: that of ``FailureCause/Kind``, or `unknown`.
        var reason = "unknown"
        /// What the original has the name of a Python exception for.
        var type = "Exception"
        /// For people.
        var message: String
    }

    var failure: Failure?

    /// Success.
    static let success = DriverResult()

    /// What an adjustment's outcomes mean: all services have to be on the wanted values.
    static func adjusted(_ outcomes: [AdjustmentOutcome]) -> DriverResult {
        let failed = outcomes.filter { $0.state != .succeeded && $0.state != .unchanged }
        return DriverResult(failure: failed.isEmpty ? nil : failure(of: failed))
    }

    /// What the outcomes of a recovery mean: no service may be broken.
    static func recovered(_ outcomes: [AdjustmentOutcome]) -> DriverResult {
        let broken = outcomes.filter { $0.state == .stillBroken }
        return DriverResult(failure: broken.isEmpty ? nil : failure(of: broken))
    }

    private static func failure(of outcomes: [AdjustmentOutcome]) -> Failure {
        let causes = outcomes.compactMap(\.cause?.kind)
        // A component that was put back because another one failed does not say why that one did.
        let own = causes.first { ![.cancelled, .stopped, .other].contains($0) }
        let lines = outcomes.map { outcomes.count > 1 ? "\($0.component): \($0.message)" : $0.message }
        return Failure(
            reason: (own ?? causes.first ?? .other).rawValue, type: "AdjustError",
            message: lines.joined(separator: "; "))
    }

    /// An error that ended a run before anything was changed.
    static func failed(_ error: any Error) -> DriverResult {
        guard let error = error as? AdjusterError else { return DriverResult(failure: Failure(message: "\(error)")) }
        // The original asserts what it wants of its configuration and its input.
        let isAssertion = error.code == .invalidConfiguration || error.code == .invalidInput
        return DriverResult(
            failure: Failure(type: isAssertion ? "AssertionError" : "Exception", message: error.message))
    }

    /// Prints the last line, and the reason of a failure for people.
    /// - Returns: the exit status.
    func print(on output: DriverOutput) -> Int32 {
        guard let failure else {
            output.line(["status": "ok", "reason": "success"])
            return 0
        }
        output.log(failure.message)
        output.failure(reason: failure.reason, type: failure.type, failure.message)
        return 1
    }
}
