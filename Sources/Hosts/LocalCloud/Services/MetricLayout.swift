/// Which metrics tell of the tests of one kind of service, and how.
struct MetricLayout: Sendable {
    /// A metric and the statistic that is read.
    typealias Query = (metric: String, statistic: String)

    let namespace: String
    /// The dimensions whose values, joined by `/`, name a service; one that a metric lacks is left out.
    let nameDimensions: [String]
    let attempts: Query
    let successes: Query
    let duration: Query
    /// Seconds in one unit of the duration.
    let durationUnit: Double

    /// What metric-writer writes.
    static let slaTests = MetricLayout(
        namespace: "SLA-Monitor", nameDimensions: ["Service"], attempts: ("integration-sla-attempts", "Sum"),
        successes: ("integration-sla-success", "Sum"), duration: ("sla-test-duration-secs", "Maximum"), durationUnit: 1
    )

    /// What uptime-checker writes.
    static let checks = MetricLayout(
        namespace: "Monitoring/Uptime", nameDimensions: ["group", "name"], attempts: ("success", "SampleCount"),
        successes: ("success", "Sum"), duration: ("response-time", "Maximum"), durationUnit: 0.001
    )
}
