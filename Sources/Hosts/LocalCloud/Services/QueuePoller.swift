import AWS
import JSON

/// What Lambda calls an event source mapping: takes messages from a queue to a function.
public struct QueuePoller: Sendable {
    let queue: AWSClient
    let queueURL: String
    let queueARN: String

    /// Hands batches of up to ten messages to the function, one after the other, until the task is cancelled.
    ///
    /// What the function does not report as failed is deleted; the rest comes again after the queue's visibility
    /// time-out, and goes to its dead-letter queue in the end.
    /// - Parameter trouble: called with a line about each batch that failed and each call that did.
    public func run(_ function: LocalFunction, trouble: @Sendable (String) -> Void) async {
        while !Task.isCancelled {
            do {
                try await handleBatch(function, trouble)
            } catch {
                if Task.isCancelled { return }
                trouble("queue \(queueURL): \(error)")
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func handleBatch(_ function: LocalFunction, _ trouble: @Sendable (String) -> Void) async throws {
        let received = try await queue.call(
            "ReceiveMessage",
            [
                "QueueUrl": .string(queueURL), "MaxNumberOfMessages": 10, "WaitTimeSeconds": 10,
                "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"],
            ]
        )
        let event = QueueEvent(messages: received["Messages"]?.arrayValue ?? [], queueARN: queueARN)
        guard !event.messages.isEmpty else { return }
        let result = try await function.invoke(event.json.serialized())
        let done = event.done(after: result)
        if done.count < event.messages.count {
            let failed = event.messages.count - done.count
            let cause = result.error.map { ": \($0)" } ?? ""
            trouble("\(function.description.name): \(failed) of \(event.messages.count) messages failed\(cause)")
        }
        guard !done.isEmpty else { return }
        let entries = done.enumerated().map { index, message -> JSONValue in
            ["Id": .string(String(index)), "ReceiptHandle": message["ReceiptHandle"] ?? .null]
        }
        _ = try await queue.call("DeleteMessageBatch", ["QueueUrl": .string(queueURL), "Entries": .array(entries)])
    }
}
