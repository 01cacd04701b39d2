import AWS
import AWSResources
import Basics
import JSON

/// Invokes a function with the messages of a queue, as Lambda's event source mapping does.
public struct QueuePoller: Sendable {
    let queue: AWSClient
    /// The queue's URL.
    public let queueURL: String
    let queueARN: String

    /// Invokes the function with batches of up to ten messages until the task is cancelled.
    ///
    /// Messages that the function does not report as failed are deleted. The others come again after the queue's
    /// visibility timeout, and go to its dead-letter queue in the end.
    /// - Parameters:
    ///   - concurrency: how many batches are handled at once: with one, a batch that takes long holds back the others.
    ///   - onFailure: called with a line for people about each failed batch and each failed call of SQS.
    public func run(
        _ function: LocalFunction, concurrency: Int = 1, onFailure: @escaping @Sendable (String) -> Void
    ) async {
        await withTaskGroup { group in
            for _ in 0..<concurrency { group.addTask { await poll(function, onFailure) } }
        }
    }

    private func poll(_ function: LocalFunction, _ onFailure: @Sendable (String) -> Void) async {
        while !Task.isCancelled {
            do {
                try await handleBatch(function, onFailure)
            } catch {
                if Task.isCancelled { return }
                onFailure("queue \(queueURL): \(error)")
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func handleBatch(_ function: LocalFunction, _ onFailure: @Sendable (String) -> Void) async throws {
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
        let handled = event.handled(after: result)
        if handled.count < event.messages.count {
            let failed = event.messages.count - handled.count
            let cause = (result.error.map { "\($0)" } ?? result.lastProblem).map { ": \($0)" } ?? ""
            onFailure("\(function.description.name): \(failed) of \(event.messages.count) messages failed\(cause)")
        }
        guard !handled.isEmpty else { return }
        let entries = handled.enumerated().map { index, message -> JSONValue in
            ["Id": .string(String(index)), "ReceiptHandle": message["ReceiptHandle"] ?? .null]
        }
        _ = try await queue.call("DeleteMessageBatch", ["QueueUrl": .string(queueURL), "Entries": .array(entries)])
    }
}

/// The event that Lambda makes of a batch of SQS messages, and the meaning of the function's response
/// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and `services-sqs-errorhandling.html`).
struct QueueEvent: Sendable {
    /// The messages, as `ReceiveMessage` gives them.
    let messages: [JSONValue]
    let queueARN: String

    /// The event.
    var json: JSONValue {
        let region = ARN(queueARN)?.region ?? ""
        let records = messages.map { message -> JSONValue in
            [
                "messageId": message["MessageId"] ?? .null,
                "receiptHandle": message["ReceiptHandle"] ?? .null,
                "body": message["Body"] ?? "",
                "attributes": message["Attributes"] ?? [:],
                "messageAttributes": Self.attributes(message["MessageAttributes"]?.objectValue ?? [:]),
                "md5OfBody": message["MD5OfBody"] ?? .null,
                "eventSource": "aws:sqs",
                "eventSourceARN": .string(queueARN),
                "awsRegion": .string(region),
            ]
        }
        return ["Records": .array(records)]
    }

    /// The messages to delete: those that the response does not list as failed.
    func handled(after result: InvocationResult) -> [JSONValue] {
        let failed = result.failedRecords(among: messages.map(Self.id))
        return messages.filter { !failed.contains(Self.id($0)) }
    }

    private static func id(_ message: JSONValue) -> String { message["MessageId"]?.stringValue ?? "" }

    /// Message attributes, with the member names of Lambda's event.
    private static func attributes(_ attributes: JSONObject) -> JSONValue {
        var renamed = JSONObject()
        for (name, value) in attributes {
            var attribute: JSONObject = ["stringListValues": [], "binaryListValues": []]
            attribute["dataType"] = value["DataType"]
            attribute["stringValue"] = value["StringValue"]
            attribute["binaryValue"] = value["BinaryValue"]
            renamed[name] = .object(attribute)
        }
        return .object(renamed)
    }
}

extension InvocationResult {
    /// What the function's last warning or error in a text log says; nil when it logged none.
    fileprivate var lastProblem: String? {
        for line in log.reversed() {
            for level in ["[ERROR] ", "[WARN] "] {
                if let place = line.firstRange(of: level) { return String(line[place.upperBound...]) }
            }
        }
        return nil
    }
    /// Which records of a queue's event SQS delivers again, by their message ids.
    ///
    /// As on Lambda, the whole batch has failed when the invocation failed, or when the response lists an unknown or
    /// empty identifier. A response without `batchItemFailures` is a success.
    public func failedRecords(among ids: [String]) -> Set<String> {
        guard error == nil else { return Set(ids) }
        guard let answer = try? JSONValue(parsing: payload), let failures = answer["batchItemFailures"],
            !failures.isNull
        else { return [] }
        let failed = failures.arrayValue.map { Set($0.map { $0["itemIdentifier"]?.stringValue ?? "" }) }
        guard let failed, failed.isSubset(of: ids) else { return Set(ids) }
        return failed
    }
}
