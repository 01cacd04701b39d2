import AWS
import Basics
import Events
import JSON

/// Publishes changes of state to an SNS topic, up to ten with each call.
struct ChangePublisher: Sendable {
    private let client: AWSClient
    private let topic: String

    /// How many calls run at once.
    private static let maximumCalls = 8
    /// SNS's limit of messages in a call.
    ///
    /// The texts of a change are bounded, so ten fit into the 256 KB of a call.
    private static let batchSize = 10

    init(topic: String, aws: AWSConfiguration) throws(AWSError) {
        client = try AWSClient(.sns, configuration: aws)
        self.topic = topic
    }

    /// Publishes the changes.
    ///
    /// After a call that failed no further one is made, to spare a service in trouble.
    /// - Returns: the ids of those that were published, and why others were not.
    @Sendable func publish(
        _ changes: [UptimeChange], until deadline: Timestamp
    ) async -> (published: Set<String>, failure: String?) {
        var published: Set<String> = []
        var failure: String?
        await withTaskGroup(of: Result<BatchOutcome, any Error>.self) { group in
            func take(_ result: Result<BatchOutcome, any Error>?) {
                switch result {
                case .success(let outcome):
                    published.formUnion(outcome.published)
                    failure = failure ?? outcome.refusal
                case .failure(let error): failure = failure ?? "\(error)"
                case nil: break
                }
            }
            for (number, start) in stride(from: 0, to: changes.count, by: Self.batchSize).enumerated() {
                if number >= Self.maximumCalls { take(await group.next()) }
                guard failure == nil else { break }
                let batch = Array(changes[start..<min(start + Self.batchSize, changes.count)])
                group.addTask {
                    do { return .success(try await publishBatch(batch, until: deadline)) } catch {
                        return .failure(error)
                    }
                }
            }
            for await result in group { take(result) }
        }
        return (published, failure)
    }

    private struct BatchOutcome: Sendable {
        var published: [String]
        /// Why SNS refused one of them.
        var refusal: String?
    }

    private func publishBatch(_ changes: [UptimeChange], until deadline: Timestamp) async throws -> BatchOutcome {
        let input = Self.input(changes, topic: topic)
        let output = try await client.call("PublishBatch", input, deadline: deadline)
        let done = output["Successful"]?.arrayValue?.compactMap { $0["Id"]?.stringValue.flatMap { Int($0) } } ?? []
        let refusal = output["Failed"]?[0].map { failed in
            "sns PublishBatch: \(failed["Code"]?.stringValue ?? "refused") \(failed["Message"]?.stringValue ?? "")"
        }
        return BatchOutcome(published: done.filter(changes.indices.contains).map { changes[$0].id }, refusal: refusal)
    }

    /// The input of one `PublishBatch`.
    static func input(_ changes: some Collection<UptimeChange>, topic: String) -> JSONValue {
        let isOrdered = topic.hasSuffix(".fifo")
        let entries = changes.enumerated().map { number, change -> JSONValue in
            var entry: JSONObject = [
                "Id": .string("\(number)"), "Subject": .string(change.subject),
                "Message": .string(change.json.description), "MessageAttributes": change.attributes,
            ]
            if isOrdered {  // hashes, because SNS takes 128 characters of a small alphabet
                entry["MessageGroupId"] = .string("\(change.endpoint.group ?? "")/\(change.endpoint.name)".stableHash)
                entry["MessageDeduplicationId"] = .string(change.id.stableHash)
            }
            return .object(entry)
        }
        return ["TopicArn": .string(topic), "PublishBatchRequestEntries": .array(entries)]
    }
}

extension UptimeChange {
    /// For the filter policies of subscriptions.
    fileprivate var attributes: JSONValue {
        var attributes: JSONObject = [
            "state": ["DataType": "String", "StringValue": .string(state.rawValue)],
            "endpoint": ["DataType": "String", "StringValue": .string(endpoint.name)],
        ]
        if let group = endpoint.group { attributes["group"] = ["DataType": "String", "StringValue": .string(group)] }
        return .object(attributes)
    }

    /// For readers of e-mail: printable ASCII, at most 100 characters.
    fileprivate var subject: String {
        let text = "\(state == .down ? "DOWN" : "Up again"): \(endpoint.displayName)"
        return String(decoding: text.utf8.filter { (0x20...0x7E).contains($0) }.prefix(100), as: UTF8.self)
    }
}
