import Events
import JSON
import Logging

/// What became of an event's records.
struct EventOutcome: Sendable {
    struct Fault: Sendable, Hashable {
        let recordID: String
        let reason: String
    }

    /// Records in the event.
    var records = 0
    /// Records written, maybe without some of their metrics.
    var written = 0
    /// Metric values written.
    var data = 0
    /// Records that had been written before, or that the event holds twice.
    var duplicates = 0
    /// Whether there was a record that an earlier delivery had written.
    var hasWrittenBefore = false
    /// Records that can never be written.
    var rejected: [Fault] = []
    /// Metrics that can never be written, of records whose other metrics were.
    var leftOut: [Fault] = []
    /// Records that could not be written now.
    var failed: [String] = []
    /// Why they could not.
    var failure: (any Error)?

    /// Whether the event has records and none of them is in the metrics.
    var isNothingWritten: Bool { records > 0 && written == 0 && !hasWrittenBefore }

    /// How many records are not in the metrics.
    var unwritten: Int { rejected.count + failed.count }

    /// Logs one line for each fault, then the counts.
    func log(to logger: Logger) {
        for fault in rejected {
            logger.error("record rejected", metadata: ["record": "\(fault.recordID)", "reason": "\(fault.reason)"])
        }
        for fault in leftOut {
            logger.error("metric left out", metadata: ["record": "\(fault.recordID)", "reason": "\(fault.reason)"])
        }
        if let failure {
            logger.error("metrics not written", metadata: ["records": "\(failed.count)", "error": "\(failure)"])
        }
        logger.info(
            "results counted",
            metadata: [
                "records": .stringConvertible(records), "written": .stringConvertible(written),
                "data": .stringConvertible(data), "duplicates": .stringConvertible(duplicates),
                "rejected": .stringConvertible(rejected.count), "leftOut": .stringConvertible(leftOut.count),
                "failed": .stringConvertible(failed.count),
            ])
    }

    /// The answer to a queue.
    ///
    /// Every record that is not in the metrics comes again, until the queue's redrive policy moves it to the
    /// dead-letter queue.
    var batchResponse: PartialBatchResponse { PartialBatchResponse(failedIDs: rejected.map(\.recordID) + failed) }

    /// The answer to everybody else, with the first 100 faults.
    ///
    /// The log has them all.
    var json: JSONValue {
        func list(_ faults: [Fault]) -> JSONValue {
            .array(faults.prefix(100).map { ["record": .string($0.recordID), "reason": .string($0.reason)] })
        }
        return [
            "records": .init(records), "written": .init(written), "data": .init(data), "duplicates": .init(duplicates),
            "rejected": list(rejected), "leftOut": list(leftOut),
        ]
    }
}
