import Events
import JSON
import Testing

@testable import Notifier

/// One event as a platform delivers it: a file of `Samples`, made from the services' documented shapes with invented
/// ids.
struct InputSample: Sendable, CustomTestStringConvertible {
    /// The file's name without its ending.
    let name: String
    let event: [UInt8]

    var testDescription: String { name }

    /// What the notifier reads in it.
    var incoming: IncomingEvent {
        IncomingEvent(parsing: event, requestID: "request-1", receivedAt: Samples.receivedAt)
    }

    var notifications: [Notification] { incoming.messages.flatMap(\.notifications) }

    /// The exact bodies that an output sends for it, each on a line.
    func bodies(_ output: SampleOutput, _ options: JSONObject = [:]) throws -> String {
        let output = try output.make(options)
        return notifications.flatMap { output.messages(for: $0, Sample.options()) }.map { $0.bodyText + "\n" }.joined()
    }
}
