import Basics
import JSON
import Logging

/// What happened to the notifications of one event: the invocation's log, response and error are made from it.
struct DeliveryReport: Sendable {
    struct Failure: Sendable, Hashable {
        let recordID: String
        let output: String
        let reason: String
    }

    let records: Int
    let notifications: Int
    /// How many notifications the rules dropped.
    let dropped: Int
    // A notification to two outputs counts twice in these.
    private(set) var sent = 0
    private(set) var duplicates = 0
    private(set) var failures: [Failure] = []

    init(records: Int, _ event: RoutedEvent) {
        (self.records, notifications, dropped) = (records, event.notifications, event.dropped.count)
    }

    mutating func add(_ load: RoutedEvent.Load, _ outcomes: [OutputDelivery.Outcome]) {
        for (recordID, outcome) in zip(load.recordIDs, outcomes) {
            switch outcome {
            case .sent: sent += 1
            case .duplicate: duplicates += 1
            case .failed(let reason):
                failures.append(Failure(recordID: recordID, output: load.output.name, reason: reason))
            }
        }
    }

    /// The ids of the records that the queue must deliver again.
    var failedRecords: [String] { failures.map(\.recordID) }

    /// The error that makes the platform deliver the event again; `nil` when everything was sent.
    var error: NotifierError? {
        guard let failure = failures.first else { return nil }
        let total = sent + duplicates + failures.count
        return NotifierError(
            .notSent,
            "\(failures.count) of \(total) notifications not sent; record \(failure.recordID) to \(failure.output): "
                + failure.reason
        )
    }

    /// Logs one line for each failure, then the counts.
    func log(to logger: Logger) {
        for failure in failures {
            logger.error(
                "notification not sent",
                metadata: [
                    "record": "\(failure.recordID)", "output": "\(failure.output)", "reason": "\(failure.reason)",
                ])
        }
        logger.info(
            "notifications delivered",
            metadata: [
                "records": .stringConvertible(records), "notifications": .stringConvertible(notifications),
                "sent": .stringConvertible(sent), "duplicates": .stringConvertible(duplicates),
                "dropped": .stringConvertible(dropped), "failed": .stringConvertible(failures.count),
            ])
    }

    /// The counts, for direct callers.
    var summary: JSONValue {
        [
            "records": .init(records), "notifications": .init(notifications), "sent": .init(sent),
            "duplicates": .init(duplicates), "dropped": .init(dropped), "failed": .init(failures.count),
        ]
    }

    /// The HTTP response in the form that function URLs and the FC host read; 502 when something was not sent.
    ///
    /// The caller may be anybody: a failure has the id by which the log has the reasons, and no reason.
    func httpResponse(requestID: String) -> JSONValue {
        var body = summary.objectValue ?? [:]
        if !failures.isEmpty { body["requestId"] = .string(requestID) }
        return [
            "statusCode": .integer(failures.isEmpty ? 200 : 502), "headers": ["Content-Type": "application/json"],
            "body": .string(JSONValue.object(body).description),
        ]
    }
}
