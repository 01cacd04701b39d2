import AWS
import FunctionRuntime
import JSON
import Logging

/// Fetches the picture of an alarm's metric from CloudWatch.
struct GraphSource: Sendable {
    /// A picture that takes longer is left out: the alarm itself waits for it.
    static let patience = Duration.seconds(4)

    let aws: @Sendable () throws -> AWSConfiguration
    let now: @Sendable () -> Timestamp

    /// A PNG; `nil` when there is none in time.
    ///
    /// Takes at most a third of the time that is left.
    func image(of graph: MetricGraph, until end: Timestamp) async -> [UInt8]? {
        let now = now()
        do {
            var aws = try aws()
            aws.region = graph.region
            let client = try AWSClient(.cloudWatch, configuration: aws)
            let output = try await client.call(
                "GetMetricWidgetImage", ["MetricWidget": .string(graph.widget.description)],
                deadline: now + min(Self.patience, (end - now) / 3)
            )
            return output["MetricWidgetImage"]?.stringValue.flatMap(Base64.decode)
        } catch {
            InvocationContext.current?.logger.warning("graph left out", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
