import Basics
import CloudWatchMetrics
import Events

extension SLAResult {
    /// The metrics of a result, by the table of sla-monitor-store-results: first the service's, then each group's.
    func metrics(_ configuration: MetricWriter.Configuration) -> [MetricDatum] {
        func datum(_ name: String, _ value: Double, _ dimensions: [MetricDatum.Dimension]) -> MetricDatum {
            MetricDatum(
                name: name, dimensions: dimensions, timestamp: timestamp, value: value, unit: .count,
                resolution: configuration.resolution, count: configuration.countsTwice ? 2 : 1
            )
        }
        func outcome(_ dimensions: [MetricDatum.Dimension]) -> [MetricDatum] {
            [
                datum("integration-sla-success", succeeded ? 1 : 0, dimensions),
                datum("integration-sla-failure", succeeded ? 0 : 1, dimensions),
                datum("integration-sla-attempts", 1, dimensions),
            ]
        }
        func duration(_ dimensions: [MetricDatum.Dimension]) -> [MetricDatum] {
            let correct = configuration.units == .correct
            guard let seconds = (correct ? executionSeconds : nil) ?? executionSecs else { return [] }
            var datum = datum("sla-test-duration-secs", seconds, dimensions)
            if correct { datum.unit = .seconds }
            return [datum]
        }
        let region = MetricDatum.Dimension(name: "Region", value: configuration.region)
        let service = [region, .init(name: "Service", value: service)]
        return outcome(service) + duration(service)
            + groups.flatMap { name in
                let group = [.init(name: "Group", value: name), region]
                return outcome(group) + (configuration.groupDuration ? duration(group) : [])
            }
    }
}

extension MetricDatum {
    /// Whether it is one of the result's own metrics, not of one of its groups.
    var isOfService: Bool { dimensions.contains { $0.name == "Service" } }
}
