import JSON
import Logging

/// What became of an event.
struct Report: Sendable {
    struct Fault: Sendable, Hashable {
        let recordID: String
        let output: String
        let reason: String
    }

    let records: Int
    let notifications: Int
    /// Notifications that a rule has dropped.
    let dropped: Int
    /// Notifications sent, counted at each output; so are the next two.
    private(set) var sent = 0
    private(set) var duplicates = 0
    private(set) var faults: [Fault] = []

    init(records: Int, _ dispatch: Dispatch) {
        (self.records, notifications, dropped) = (records, dispatch.notifications, dispatch.dropped.count)
    }

    mutating func add(_ output: String, _ recordIDs: [String], _ outcomes: [OutputDelivery.Outcome]) {
        for (recordID, outcome) in zip(recordIDs, outcomes) {
            switch outcome {
            case .sent: sent += 1
            case .duplicate: duplicates += 1
            case .failed(let reason): faults.append(Fault(recordID: recordID, output: output, reason: reason))
            }
        }
    }

    /// The records to deliver again.
    var failedRecords: [String] { faults.map(\.recordID) }

    /// What makes the platform deliver the event again.
    var failure: NotifierError? {
        guard let fault = faults.first else { return nil }
        let total = sent + duplicates + faults.count
        return NotifierError(
            .notSent,
            "\(faults.count) of \(total) notifications not sent; record \(fault.recordID) to \(fault.output): "
                + fault.reason
        )
    }

    /// One line for each fault, then a summary.
    func log(to logger: Logger) {
        for fault in faults {
            logger.error(
                "notification not sent",
                metadata: [
                    "record": "\(fault.recordID)", "output": "\(fault.output)", "reason": "\(fault.reason)",
                ])
        }
        logger.info(
            "notifications delivered",
            metadata: [
                "records": .stringConvertible(records), "notifications": .stringConvertible(notifications),
                "sent": .stringConvertible(sent), "duplicates": .stringConvertible(duplicates),
                "dropped": .stringConvertible(dropped), "failed": .stringConvertible(faults.count),
            ])
    }

    /// What a caller hears.
    var summary: JSONValue {
        [
            "records": .init(records), "notifications": .init(notifications), "sent": .init(sent),
            "duplicates": .init(duplicates), "dropped": .init(dropped), "failed": .init(faults.count),
        ]
    }

    /// The answer to an HTTP request, as function URLs and the FC host read it.
    var httpAnswer: JSONValue {
        [
            "statusCode": .integer(faults.isEmpty ? 200 : 502), "headers": ["Content-Type": "application/json"],
            "body": .string(summary.description),
        ]
    }
}
