import Events
import JSON
import Logging

/// What became of an event's records.
struct Report: Sendable {
    struct Fault: Sendable, Hashable {
        let recordID: String
        let reason: String
    }

    /// Records in the event.
    var records = 0
    /// Records written, with their `data`.
    var written = 0
    /// Metric data written.
    var data = 0
    /// Records that had been written before.
    var duplicates = 0
    /// Records that can never be written.
    var rejected: [Fault] = []
    /// Metrics that can never be written, of records whose other metrics were.
    var leftOut: [Fault] = []
    /// Records that could not be written now.
    var failed: [String] = []
    /// Why not.
    var failure: (any Error)?

    /// One line for each fault, then a summary.
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

    /// What a queue hears: every record that is not in the metrics comes again, until the queue's redrive policy moves
    /// it to the dead-letter queue.
    var batchResponse: PartialBatchResponse { PartialBatchResponse(failedIDs: rejected.map(\.recordID) + failed) }

    /// What everybody else hears.
    ///
    /// Of the faults the first 100; the log has them all.
    var summary: JSONValue {
        func list(_ faults: [Fault]) -> JSONValue {
            .array(faults.prefix(100).map { ["record": .string($0.recordID), "reason": .string($0.reason)] })
        }
        return [
            "records": .init(records), "written": .init(written), "data": .init(data), "duplicates": .init(duplicates),
            "rejected": list(rejected), "leftOut": list(leftOut),
        ]
    }
}
