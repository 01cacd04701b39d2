public import AWS
public import Basics
public import CloudWatchMetrics
import Events
public import FunctionRuntime
import JSON
import Logging
import Transport

/// Turns the results of SLA tests into metrics.
///
/// The event is an SNS → Lambda or SQS → Lambda event (bodies raw or SNS notifications), one result, an array of
/// results, or, on Function Compute, a message of an MNS topic or of EventBridge that holds these. What becomes of a
/// record:
///
/// | record | SQS | SNS | a direct caller |
/// |---|---|---|---|
/// | written, or written before | deleted | done | counted in the answer |
/// | can never be written | again, then dead-letter queue | logged | named in the answer |
/// | not written now (CloudWatch, deadline) | delivered again | the invocation fails: Lambda tries again | error |
///
/// When nothing of an event is written the invocation fails, whatever it came from: an event source mapping without
/// `ReportBatchItemFailures` ignores which records failed, and would delete them all.
/// A message that is delivered twice is written once, as far as one process can know.
public struct MetricWriter: FunctionHandler {
    /// Kept back from the invocation's time, to answer in.
    static let reserve = Duration.milliseconds(500)

    private let configuration: Configuration
    private let output: any MetricOutput
    private let now: @Sendable () -> Timestamp
    /// Settings of AWS that have no effect.
    public private(set) var startWarnings: [String] = []
    /// What was written of the last messages, by their ids, so that a second delivery is not counted again.
    ///
    /// It ends with the process, and other instances of the function do not see it.
    private let recent = Locked(RecentValues<String, WrittenPart>(capacity: 4_096))

    /// Makes the handler.
    /// - Parameter platform: writes metrics by the platform's own service, where that is not CloudWatch.
    /// - Throws: `ConfigurationError` that names every wrong variable, or `AWSError`.
    public init(
        environment: Environment, aws makeAWS: @autoclosure () throws -> AWSConfiguration,
        platform: (any MetricOutput)? = nil
    ) throws {
        let configuration = try Configuration(environment: environment)
        let aws = try makeAWS()  // Only now, so that one error names all wrong variables.
        let output = try configuration.output.output(
            namespace: configuration.namespace, aws: aws, otlp: configuration.otlp, platform: platform)
        self.init(configuration: configuration, output: output, now: aws.time.now)
        startWarnings = aws.ignoredSettings
    }

    init(configuration: Configuration, output: any MetricOutput, now: @escaping @Sendable () -> Timestamp) {
        self.configuration = configuration
        self.output = output
        self.now = now
    }

    /// Writes the results of one event; see the type for what is answered and thrown.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let event = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: now())
        var outcome = EventOutcome()
        let results = try IncomingResult.all(in: event)
        for incoming in results {
            guard let result = try? incoming.result.get() else { continue }
            context.logger.debug(
                "result read", metadata: ["record": "\(incoming.recordID)", "result": "\(result.json)"])
        }
        let submissions = submissions(for: results, &outcome)
        await write(submissions, until: context.deadline - Self.reserve, &outcome)
        outcome.log(to: context.logger)
        if let failure = outcome.failure, event.kind != .queue || outcome.isNothingWritten {
            throw MetricWriterError(
                .notWritten, "\(outcome.failed.count) of \(outcome.records) results not written: \(failure)",
                underlying: failure
            )
        }
        if outcome.isNothingWritten, let fault = outcome.rejected.first {
            throw MetricWriterError(
                .noUsableResult, "none of \(outcome.records) results is usable; \(fault.recordID): \(fault.reason)"
            )
        }
        context.report(partialFailures: outcome.unwritten, at: now())
        return FunctionResponse(json: event.kind == .queue ? outcome.batchResponse.json : outcome.json)
    }

    /// Reads a sample event and builds its metrics.
    public func warmUp() async {
        let body = SLAResult(timestamp: now(), succeeded: true, service: "sample", executionSecs: 1, groups: ["g"]).json
        let event: JSONValue = ["Records": [["messageId": "0", "body": .string(body.description)]]]
        let incoming = IncomingEvent(parsing: event.serialized(), requestID: "0", receivedAt: now())
        guard let read = try? IncomingResult.all(in: incoming) else { return }
        var outcome = EventOutcome()
        for submission in submissions(for: read, &outcome) {
            _ = CloudWatchOutput.input(submission.data, namespace: configuration.namespace).serialized()
        }
    }
}

/// What was written of a message.
private enum WrittenPart {
    case all
    /// The rest failed.
    case part(Set<MetricDatum>)
}

/// A record's metrics that are to be written.
private struct Submission {
    let recordID: String
    let messageID: String?
    let data: [MetricDatum]
    /// What an earlier delivery of the record wrote.
    let writtenBefore: Set<MetricDatum>
}

extension MetricWriter {
    /// The metrics of each record that can be written.
    ///
    /// What cannot goes into the outcome.
    private func submissions(for incoming: [IncomingResult], _ outcome: inout EventOutcome) -> [Submission] {
        outcome.records = incoming.count
        let now = now()
        var seen: Set<String> = []
        return incoming.compactMap { incoming in
            do throws(EventError) {
                let result = try incoming.result.get()
                var writtenBefore: Set<MetricDatum> = []
                if let id = incoming.messageID {
                    guard let written = unlessAllWritten(id) else {
                        outcome.hasWrittenBefore = true
                        outcome.duplicates += 1
                        return nil
                    }
                    guard seen.insert(id).inserted else {
                        outcome.duplicates += 1
                        return nil
                    }
                    writtenBefore = written
                }
                return submission(of: result, incoming, writtenBefore, at: now, &outcome)
            } catch {
                outcome.rejected.append(.init(recordID: incoming.recordID, reason: "\(error)"))
                return nil
            }
        }
    }

    /// What was written of a message; nil when that is all of it.
    private func unlessAllWritten(_ messageID: String) -> Set<MetricDatum>? {
        switch recent.withLock({ $0[messageID] }) {
        case .all: nil
        case .part(let data): data
        case nil: []
        }
    }

    private func submission(
        of result: SLAResult, _ incoming: IncomingResult, _ writtenBefore: Set<MetricDatum>, at now: Timestamp,
        _ outcome: inout EventOutcome
    ) -> Submission? {
        var data: [MetricDatum] = []
        var faults: [EventOutcome.Fault] = []
        for datum in result.metrics(configuration) where !writtenBefore.contains(datum) {
            if let reason = datum.fault(at: now) {
                faults.append(.init(recordID: incoming.recordID, reason: reason))
            } else {
                data.append(datum)
            }
        }
        // Without its service's metrics a result is lost, whatever its groups' metrics tell: the sender must know.
        guard data.contains(where: \.isOfService) || !writtenBefore.isEmpty else {
            outcome.rejected += faults.prefix(1)
            return nil
        }
        outcome.leftOut += faults
        return Submission(
            recordID: incoming.recordID, messageID: incoming.messageID, data: data, writtenBefore: writtenBefore)
    }

    private func write(_ submissions: [Submission], until end: Timestamp, _ outcome: inout EventOutcome) async {
        let result = await output.write(submissions.map(\.data), until: end)
        outcome.failure = result.failure
        for (submission, batch) in zip(submissions, result.batches) {
            let written = submission.data.indices.filter { batch.refused[$0] == nil && !batch.unwritten.contains($0) }
            outcome.data += written.count
            guard batch.unwritten.isEmpty else {
                outcome.failed.append(submission.recordID)
                let all = submission.writtenBefore.union(written.map { submission.data[$0] })
                if !all.isEmpty { remember(.part(all), of: submission) }
                continue
            }
            let faults = batch.refused.sorted { $0.key < $1.key }.map {
                EventOutcome.Fault(recordID: submission.recordID, reason: $0.value)
            }
            guard !written.isEmpty || !submission.writtenBefore.isEmpty else {
                outcome.rejected += faults.prefix(1)
                continue
            }
            outcome.leftOut += faults
            outcome.written += 1
            remember(.all, of: submission)
        }
    }

    private func remember(_ part: WrittenPart, of submission: Submission) {
        guard let id = submission.messageID else { return }
        recent.withLock { $0[id] = part }
    }
}

/// The kinds of failure of an invocation of the metric writer.
public enum MetricWriterErrorCode: String, ErrorCode {
    /// The event holds nothing that could be a result.
    case unknownEvent
    /// No result of the event is usable.
    case noUsableResult
    /// Results could not be written now; the same event may succeed later.
    case notWritten
}

/// Why an invocation of the metric writer failed.
public typealias MetricWriterError = CodedError<MetricWriterErrorCode>
