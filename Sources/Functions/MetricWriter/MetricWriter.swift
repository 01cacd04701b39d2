public import AWS
import Basics
import CloudWatchMetrics
import Events
public import FunctionRuntime
import JSON
import Logging
import Synchronization
import Transport

/// Turns the results of SLA tests into metrics.
///
/// The event is an SNS → Lambda or SQS → Lambda event (bodies raw or SNS notifications), one result, or an array of
/// results. What becomes of a record:
///
/// | record | SQS | SNS | a direct caller |
/// |---|---|---|---|
/// | written, or written before | deleted | done | counted in the answer |
/// | can never be written | delivered again, then dead-letter queue | logged | named in the answer; an error if none is usable |
/// | not written now (CloudWatch, deadline) | delivered again | the invocation fails: Lambda tries again | error |
///
/// A message that is delivered twice is written once, as far as one process can know.
public struct MetricWriter: FunctionHandler {
    /// Kept back from the invocation's time, to answer in.
    static let reserve = Duration.milliseconds(500)

    let configuration: Configuration
    let output: any MetricOutput
    let now: @Sendable () -> Timestamp
    let recent = RecentIDs()

    /// Makes the handler.
    /// - Throws: `EnvironmentError` that names every wrong variable, or `AWSError`.
    public init(environment: Environment, aws makeAWS: @autoclosure () throws -> AWSConfiguration) throws {
        let configuration = try Configuration(environment: environment)
        let aws = try makeAWS()  // only now, so that the configuration can name all its faults
        let output = try configuration.output.output(namespace: configuration.namespace, aws: aws)
        self.init(configuration: configuration, output: output, now: aws.time.now)
    }

    init(configuration: Configuration, output: any MetricOutput, now: @escaping @Sendable () -> Timestamp) {
        self.configuration = configuration
        self.output = output
        self.now = now
    }

    /// Writes the results of one event; see the type for what is answered and thrown.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let event = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: now())
        var report = Report()
        let submissions = sift(try IncomingResult.all(in: event), &report)
        for range in RequestSize.pack(submissions.lazy.map(\.size)) {
            await write(submissions[range], until: context.deadline - Self.reserve, &report)
        }
        report.log(to: context.logger)
        if event.kind == .queue { return FunctionResponse(json: report.batchResponse.json) }
        if let failure = report.failure {
            throw MetricWriterError(
                .notWritten, "\(report.failed.count) of \(report.records) results not written: \(failure)",
                underlying: failure
            )
        }
        if event.kind == .direct, report.written == 0, let fault = report.rejected.first {
            throw MetricWriterError(
                .noUsableResult, "none of \(report.records) results is usable; \(fault.recordID): \(fault.reason)"
            )
        }
        return FunctionResponse(json: report.summary)
    }

    /// Reads a sample event and builds its metrics.
    public func warmUp() async {
        let body = SLAResult(timestamp: now(), succeeded: true, service: "sample", executionSecs: 1, groups: ["g"]).json
        let event: JSONValue = ["Records": [["messageId": "0", "body": .string(body.description)]]]
        var report = Report()
        let incoming = IncomingEvent(parsing: event.serialized(), requestID: "0", receivedAt: now())
        guard let read = try? IncomingResult.all(in: incoming) else { return }
        _ = sift(read, &report).map { CloudWatchOutput.input($0.data, namespace: configuration.namespace).serialized() }
    }
}

extension MetricWriter {
    /// A record's metrics.
    struct Submission: Sendable {
        let recordID: String
        let messageID: String?
        let data: [MetricDatum]

        var size: RequestSize { RequestSize(data: data.count, bytes: data.reduce(0) { $0 + $1.size.bytes }) }
    }

    /// Keeps what can be written; everything else goes into the report.
    func sift(_ incoming: [IncomingResult], _ report: inout Report) -> [Submission] {
        report.records = incoming.count
        let now = now()
        var seen: Set<String> = []
        return incoming.compactMap { one in
            let id = one.recordID
            do {
                let result = try one.result.get()
                if let messageID = one.messageID, recent.contains(messageID) || !seen.insert(messageID).inserted {
                    report.duplicates += 1
                    return nil
                }
                var data: [MetricDatum] = []
                var faults: [Report.Fault] = []
                for datum in result.metrics(configuration) {
                    if let reason = datum.fault(at: now) {
                        faults.append(.init(recordID: id, reason: reason))
                    } else {
                        data.append(datum)
                    }
                }
                guard !data.isEmpty else {
                    report.rejected += faults.prefix(1)
                    return nil
                }
                report.leftOut += faults
                return Submission(recordID: id, messageID: one.messageID, data: data)
            } catch {
                report.rejected.append(.init(recordID: id, reason: "\(error)"))
                return nil
            }
        }
    }

    /// Writes the records of one request.
    ///
    /// After a failure the rest is not tried: it would only press a service that is in trouble, and use up the time to
    /// say so.
    func write(_ submissions: ArraySlice<Submission>, until end: Timestamp, _ report: inout Report) async {
        guard report.failure == nil else {
            report.failed += submissions.map(\.recordID)
            return
        }
        do {
            let refused = try await output.write(submissions.flatMap(\.data), until: end)
            var position = 0
            for submission in submissions {
                let faults = (position..<position + submission.data.count).compactMap { position in
                    refused[position].map { Report.Fault(recordID: submission.recordID, reason: $0) }
                }
                position += submission.data.count
                guard faults.count < submission.data.count else {
                    report.rejected += faults.prefix(1)
                    continue
                }
                report.leftOut += faults
                report.written += 1
                report.data += submission.data.count - faults.count
                if let id = submission.messageID { recent.insert(id) }
            }
        } catch {
            report.failure = error
            report.failed += submissions.map(\.recordID)
        }
    }
}

/// The ids of the last messages that were written, so that a second delivery of one is not counted again.
///
/// Only a help: it ends with the process, and other instances of the function do not see it.
final class RecentIDs: Sendable {
    private let capacity: Int
    private let state = Mutex<(known: Set<String>, ring: [String], next: Int)>(([], [], 0))

    init(capacity: Int = 4_096) { self.capacity = capacity }

    func contains(_ id: String) -> Bool { state.withLock { $0.known.contains(id) } }

    func insert(_ id: String) {
        state.withLock { state in
            guard state.known.insert(id).inserted else { return }
            if state.ring.count < capacity {
                state.ring.append(id)
            } else {
                state.known.remove(state.ring[state.next])
                state.ring[state.next] = id
                state.next = (state.next + 1) % capacity
            }
        }
    }
}

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
