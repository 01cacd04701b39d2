import Basics
import JSON

/// What an EventBridge rule with a rate does: invokes a function again and again.
public enum Schedule {
    /// Invokes the function at once and then in this rhythm, one invocation after the other, until the task is cancelled.
    /// - Parameter trouble: called with a line about each invocation that failed.
    public static func run(
        every pause: Duration, _ function: LocalFunction, trouble: @Sendable (String) -> Void
    ) async throws {
        while true {
            let next = ContinuousClock.now + pause
            let result = try await function.invoke(event(at: .now(), for: function).serialized())
            try Task.checkCancellation()  // a function that is being stopped has not failed
            if let error = result.error {
                trouble("\(function.description.name): \(error)")
            }
            try await Task.sleep(until: next)
        }
    }

    /// EventBridge's event of a schedule.
    private static func event(at now: Timestamp, for function: LocalFunction) -> JSONValue {
        [
            "version": "0", "id": .string("local-\(now.microseconds)"), "detail-type": "Scheduled Event",
            "source": "aws.events", "account": "123456789012", "time": .string(now.iso8601),
            "region": .string(function.description.region), "resources": [], "detail": [:],
        ]
    }
}
