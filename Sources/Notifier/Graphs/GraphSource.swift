import AWS
import JSON

/// Fetches the picture of an alarm's metric from CloudWatch.
struct GraphSource: Sendable {
    /// A picture that takes longer is left out: the alarm itself waits for it.
    static let patience = Duration.seconds(4)

    private let aws: @Sendable () throws -> AWSConfiguration
    private let now: @Sendable () -> Timestamp
    private let breaker: CircuitBreaker

    init(aws: @escaping @Sendable () throws -> AWSConfiguration, now: @escaping @Sendable () -> Timestamp) {
        (self.aws, self.now, breaker) = (aws, now, CircuitBreaker("graphs", now: now))
    }

    /// A PNG; `nil` when there is none in time.
    ///
    /// Takes at most a third of the time that is left.
    func image(of graph: MetricGraph, until end: Timestamp) async -> [UInt8]? {
        await breaker.attempt {
            var configuration = try aws()
            configuration.region = graph.region
            let client = try AWSClient(.cloudWatch, configuration: configuration)
            let now = now()
            let output = try await client.call(
                "GetMetricWidgetImage", ["MetricWidget": .string(graph.widget.description)],
                deadline: now + min(Self.patience, (end - now) / 3)
            )
            return output["MetricWidgetImage"]?.stringValue.flatMap(Base64.decode)
        } ?? nil
    }
}
