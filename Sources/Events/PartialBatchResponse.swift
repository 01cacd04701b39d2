public import JSON

/// A queue function's answer: the messages to deliver again; SQS deletes all others of the batch.
///
/// Needs `ReportBatchItemFailures` on the event source mapping
/// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
public struct PartialBatchResponse: Sendable, Hashable {
    /// The SQS message ids of the messages that failed, each once.
    public let failedIDs: [String]

    /// Names the failed messages; repeated ids count once, in the order of their first appearance.
    public init(failedIDs: [String]) {
        var seen: Set<String> = []
        self.failedIDs = failedIDs.filter { seen.insert($0).inserted }
    }

    /// `{"batchItemFailures":[{"itemIdentifier":"…"}]}`.
    public var json: JSONValue {
        ["batchItemFailures": .array(failedIDs.map { ["itemIdentifier": .string($0)] })]
    }
}
