public import AWS
import Events
public import FunctionRuntime
import JSON
import CloudWatchMetrics
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
        let event = try FunctionEvent(parsing: event)
        var report = Report()
        let submissions = sift(try IncomingResult.all(in: event), &report)
        for range in RequestSize.pack(submissions.lazy.map(\.size)) {
            await write(submissions[range], until: context.deadline - Self.reserve, &report)
        }
        report.log(to: context.logger)
        if case .queue = event { return FunctionResponse(json: report.batchResponse.json) }
        if let failure = report.failure {
            throw MetricWriterError(
                .notWritten, "\(report.failed.count) of \(report.records) results not written: \(failure)",
                underlying: failure
            )
        }
        if case .direct = event, report.written == 0, let fault = report.rejected.first {
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
        guard let read = try? IncomingResult.all(in: FunctionEvent(parsing: event.serialized())) else { return }
        _ = sift(read, &report).map { CloudWatchOutput.input($0.data, namespace: configuration.namespace).serialized() }
    }
}
