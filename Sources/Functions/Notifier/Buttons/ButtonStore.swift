import Basics
import FunctionRuntime
import JSON
import Logging
import StateStore

/// Keeps the alarms that were sent with buttons, where `NOTIFY_STATE` says.
struct ButtonStore: Sendable {
    /// How long an alarm can be acted upon; a table forgets it then.
    static let retention = Duration.seconds(14 * 86_400)
    private static let attempts = 8
    private static let callTimeout = Duration.seconds(2)

    let store: @Sendable () throws -> StateStore
    let time: TimeSource

    /// Keeps an alarm whose message has arrived.
    ///
    /// A failure is in the log: its buttons answer that it is not known.
    func keep(_ alarm: SentAlarm, until end: Timestamp) async {
        do {
            _ = try await store().write(
                alarm.json.description, to: Self.key(alarm.id), expires: time.now() + Self.retention,
                until: deadline(end))
        } catch {
            InvocationContext.current?.logger.warning(
                "an alarm's buttons will not work", metadata: ["output": "\(alarm.output)", "reason": "\(error)"])
        }
    }

    /// Changes an alarm.
    /// - Returns: the alarm as it is then, and the result of the change; nil for one that is not known.
    /// - Throws: `StateStoreError`; `NotifierError` when others wrote first at each attempt.
    func change<Result: Sendable>(
        _ id: String, until end: Timestamp, _ change: (inout SentAlarm) -> Result
    ) async throws -> (alarm: SentAlarm, result: Result)? {
        // The name comes from outside, and is a part of a path or a key.
        guard id.utf8.count == 32, id.utf8.allSatisfy(\.isASCIIAlphanumeric) else { return nil }
        let outcome = try await store().update(
            Self.key(id), attempts: Self.attempts, until: { deadline(end) },
            pause: { attempt in try await time.sleep(.milliseconds(Int64(time.random() * 30 * Double(attempt)))) }
        ) { document -> (result: (SentAlarm, Result)?, text: String?) in
            guard var alarm = document?.json.flatMap({ SentAlarm($0) }) else { return (nil, nil) }
            let before = alarm
            let result = change(&alarm)
            return ((alarm, result), alarm == before ? nil : alarm.json.description)
        }
        guard let outcome else {
            throw NotifierError(
                .notSent, "others pressed buttons of the same alarm at each of \(Self.attempts) attempts")
        }
        return outcome
    }

    private static func key(_ id: String) -> String { "button/\(id)" }

    private func deadline(_ end: Timestamp) -> Timestamp { min(end, time.now() + Self.callTimeout) }
}
