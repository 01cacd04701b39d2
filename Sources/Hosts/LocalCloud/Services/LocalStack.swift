import AWS
import Transport

/// A local AWS with what the tests' results need: topic, queues and bucket, and the way from the queue to a function.
public struct LocalStack: Sendable {
    /// The AWS endpoint and what tells SDKs of it.
    public let moto: Moto
    /// Topic, queues, bucket and the poller.
    public let resources: MonitorResources
    /// Reads the metrics back.
    public let reader: MetricReader

    /// Runs the stack for as long as the body runs.
    /// - Parameters:
    ///   - server: path of the program `moto_server`.
    ///   - progress: called with a line about each step.
    /// - Throws: what the body throws; `LocalCloudError` when moto does not start, or ends before the body does.
    public static func run<Result: Sendable>(
        server: String, progress: @escaping @Sendable (String) -> Void,
        _ body: @escaping @Sendable (LocalStack) async throws -> Result
    ) async throws -> Result {
        progress("Starting the local AWS, moto (a few seconds)")
        return try await Moto.run(server: server) { moto in
            progress("The local AWS answers on \(moto.endpoint); creating topic, queues and bucket")
            let loop = try EventLoop.onOwnThread()
            defer { loop.stop() }
            let aws = try AWSConfiguration(environment: moto.environment, loop: loop)
            let stack = LocalStack(
                moto: moto, resources: try await .create(in: aws),
                reader: MetricReader(cloudWatch: try AWSClient(.cloudWatch, configuration: aws))
            )
            return try await body(stack)
        }
    }
}
