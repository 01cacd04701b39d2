import Events
import CloudWatchMetrics
import Testing

@testable import MetricWriter

@Suite struct MetricTableTests {
    private func table(_ data: [MetricDatum]) -> [String] {
        data.map { datum in
            let dimensions = datum.dimensions.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            return "\(datum.name) \(datum.value) \(datum.unit.rawValue) \(dimensions)"
        }
    }

    @Test func theTableOfTheOriginal() {
        let data = SLAResult.sample.metrics(.standard)
        #expect(
            table(data) == [
                "integration-sla-success 1.0 Count Region=eu-central-1,Service=shop",
                "integration-sla-failure 0.0 Count Region=eu-central-1,Service=shop",
                "integration-sla-attempts 1.0 Count Region=eu-central-1,Service=shop",
                "sla-test-duration-secs 12.0 Count Region=eu-central-1,Service=shop",
                "integration-sla-success 1.0 Count Group=web,Region=eu-central-1",
                "integration-sla-failure 0.0 Count Group=web,Region=eu-central-1",
                "integration-sla-attempts 1.0 Count Group=web,Region=eu-central-1",
                "integration-sla-success 1.0 Count Group=eu,Region=eu-central-1",
                "integration-sla-failure 0.0 Count Group=eu,Region=eu-central-1",
                "integration-sla-attempts 1.0 Count Group=eu,Region=eu-central-1",
            ])
        #expect(data.allSatisfy { $0.timestamp == testTime && $0.resolution == 60 })
    }

    @Test func failureWithoutDuration() {
        let result = SLAResult(timestamp: testTime, succeeded: false, service: "shop")
        #expect(
            table(result.metrics(.standard)) == [
                "integration-sla-success 0.0 Count Region=eu-central-1,Service=shop",
                "integration-sla-failure 1.0 Count Region=eu-central-1,Service=shop",
                "integration-sla-attempts 1.0 Count Region=eu-central-1,Service=shop",
            ])
    }

    @Test func correctUnitsAndGroupDurations() {
        var configuration = MetricWriter.Configuration.standard
        (configuration.units, configuration.groupDuration, configuration.resolution) = (.correct, true, 1)
        let data = SLAResult.sample.metrics(configuration)
        #expect(
            table(data).filter { $0.hasPrefix("sla-test") } == [
                "sla-test-duration-secs 12.75 Seconds Region=eu-central-1,Service=shop",
                "sla-test-duration-secs 12.75 Seconds Group=web,Region=eu-central-1",
                "sla-test-duration-secs 12.75 Seconds Group=eu,Region=eu-central-1",
            ])
        #expect(data.count == SLAResult.sample.metrics(.standard).count + 2)
        #expect(data.allSatisfy { $0.resolution == 1 })
    }

    @Test func correctUnitsFromARunnerThatCountsWholeSeconds() {
        var configuration = MetricWriter.Configuration.standard
        configuration.units = .correct
        #expect(
            table(SLAResult.named("shop").metrics(configuration)).last
                == "sla-test-duration-secs 1.0 Seconds Region=eu-central-1,Service=shop")
    }
}
