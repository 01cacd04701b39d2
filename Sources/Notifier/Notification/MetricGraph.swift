public import JSON

/// What CloudWatch's `GetMetricWidgetImage` needs to draw the metric of an alarm.
public struct MetricGraph: Sendable, Hashable {
    /// The region to ask.
    public var region: String
    /// The operation's `MetricWidget`, an object
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html).
    public var widget: JSONValue

    /// Makes a graph.
    public init(region: String, widget: JSONValue) {
        self.region = region
        self.widget = widget
    }
}
