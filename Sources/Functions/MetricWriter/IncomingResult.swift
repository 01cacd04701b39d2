import Basics
import Events
import JSON

/// One result of an event, or why it cannot be read.
struct IncomingResult: Sendable {
    /// The record's id for logs and answers: the delivery's, or its place in the event.
    let recordID: String
    /// The id that duplicates share; `nil` where nothing delivers twice.
    var messageID: String?
    let result: Result<SLAResult, EventError>

    /// The most results that a direct caller may send: as many as the largest SQS batch holds.
    static let maximumCount = 10_000

    /// - Throws: `MetricWriterError` when the event is nothing that holds results.
    static func all(in event: FunctionEvent) throws -> [IncomingResult] {
        switch event {
        case .topic(let messages), .queue(let messages): return messages.map(IncomingResult.init)
        case .direct(.array(let values)) where values.count <= maximumCount:
            return values.enumerated().map { IncomingResult(direct: $1, recordID: "result \($0)") }
        case .direct(.array(let values)):
            throw MetricWriterError(
                .unknownEvent, "the event has \(values.count) results; send at most \(maximumCount) at a time"
            )
        case .direct(let value) where value["service"] != nil || value["succeeded"] != nil:
            return [IncomingResult(direct: value, recordID: "result 0")]
        case .direct:
            throw MetricWriterError(
                .unknownEvent,
                "the event is neither from SNS or SQS nor a result such as "
                    + #"{"timestamp":1574778556,"succeeded":true,"service":"shop","testExecutionSecs":12,"groups":[]}"#
            )
        }
    }

    private init(_ delivery: Result<DeliveredMessage, EventError>) {
        switch delivery {
        case .success(let message):
            recordID = message.recordID
            messageID = message.messageID
            result = Result { () throws(EventError) in try SLAResult(parsing: message.text) }
        case .failure(let error):
            recordID = error.recordID ?? error.path
            result = .failure(error)
        }
    }

    private init(direct value: JSONValue, recordID: String) {
        self.recordID = recordID
        result = Result { () throws(EventError) in try SLAResult(value) }
    }
}
