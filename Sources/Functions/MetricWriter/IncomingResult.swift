import Basics
import Events
import JSON

/// One result of an event, or why it cannot be read.
struct IncomingResult: Sendable {
    /// Names the record in logs and answers: SQS's or SNS's message id, or its place in the event.
    let recordID: String
    /// The id that duplicates share; `nil` where nothing delivers twice.
    var messageID: String?
    let result: Result<SLAResult, EventError>

    /// The most results that a direct caller may send: as many as the largest SQS batch holds.
    private static let maximumCount = 10_000

    /// - Throws: `EventError` when the event is not JSON or has unknown records; `MetricWriterError` when it is
    ///   nothing that holds results.
    static func all(in event: IncomingEvent) throws -> [IncomingResult] {
        if let fault = event.fault { throw fault }
        switch event.kind {
        case .topic, .queue:
            return event.messages.map { message in
                IncomingResult(
                    recordID: message.queueID ?? message.id, messageID: message.id, result: result(in: message))
            }
        case .direct: return try direct(event.messages)
        case .http: throw unknownEvent
        }
    }

    private static func result(in message: IncomingMessage) -> Result<SLAResult, EventError> {
        Result { () throws(EventError) in
            if let fault = message.fault { throw fault }
            if case .string(let text) = message.value { return try SLAResult(parsing: text) }
            return try SLAResult(message.value)
        }
    }

    /// One result, a list of them, or both mixed; also in an event of Alibaba Cloud's EventBridge.
    private static func direct(_ messages: [IncomingMessage]) throws(MetricWriterError) -> [IncomingResult] {
        if messages.count == 1 {
            let value = content(of: messages[0]).value
            if value.arrayValue == nil, value["service"] == nil, value["succeeded"] == nil { throw unknownEvent }
        }
        let values = messages.flatMap { message in
            let (value, id) = content(of: message)
            return (value.arrayValue ?? [value]).enumerated().map { place, value in
                (value: value, id: id.map { "\($0)#\(place)" })
            }
        }
        guard values.count <= maximumCount else {
            throw MetricWriterError(
                .unknownEvent, "the event has \(values.count) results; send at most \(maximumCount) at a time"
            )
        }
        return values.enumerated().map { index, value in
            IncomingResult(
                recordID: "result \(index)", messageID: value.id,
                result: Result { () throws(EventError) in try SLAResult(value.value) })
        }
    }

    /// What a message holds without EventBridge's envelope, and the id that its deliveries share, if it brought one.
    private static func content(of message: IncomingMessage) -> (value: JSONValue, id: String?) {
        if let event = CloudEvent(message) { return (event.data, event.id) }
        return (message.value, message.isIDOfSender ? message.id : nil)
    }

    private static var unknownEvent: MetricWriterError {
        MetricWriterError(
            .unknownEvent,
            "the event is neither from SNS or SQS nor a result such as "
                + #"{"timestamp":1574778556,"succeeded":true,"service":"shop","testExecutionSecs":12,"groups":[]}"#
        )
    }
}
