import Events
import JSON
import Testing

@testable import MetricWriter

@Suite struct MetricTableTests {
    private func table(_ data: [MetricDatum]) -> [String] {
        data.map { datum in
            let dimensions = datum.dimensions.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            return "\(datum.name) \(datum.value) \(datum.unit.rawValue) \(dimensions)"
        }
    }

    @Test func theOriginalsTable() {
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
        #expect(data.count == 12)
        #expect(data.allSatisfy { $0.resolution == 1 })
    }

    @Test func correctUnitsFromARunnerThatCountsWholeSeconds() {
        var configuration = MetricWriter.Configuration.standard
        configuration.units = .correct
        #expect(
            table(SLAResult.named("shop").metrics(configuration)).last
                == "sla-test-duration-secs 1.0 Seconds Region=eu-central-1,Service=shop")
    }

    @Test func inputOfPutMetricData() {
        let data = SLAResult.sample.metrics(.standard)
        #expect(
            CloudWatchOutput.input(data[3...4], namespace: "SLA-Monitor").description
                == #"{"Namespace":"SLA-Monitor","MetricData":[{"MetricName":"sla-test-duration-secs","Dimensions":["#
                + #"{"Name":"Region","Value":"eu-central-1"},{"Name":"Service","Value":"shop"}],"#
                + #""Timestamp":"2026-11-21T03:42:00Z","Value":12.0,"Unit":"Count","StorageResolution":60},"#
                + #"{"MetricName":"integration-sla-success","Dimensions":[{"Name":"Group","Value":"web"},"#
                + #"{"Name":"Region","Value":"eu-central-1"}],"Timestamp":"2026-11-21T03:42:00Z","Value":1.0,"#
                + #""Unit":"Count","StorageResolution":60}]}"#
        )
    }

    @Test(arguments: [
        (-14 * 86_400.0, nil), (-14 * 86_400.0 - 1, "timestamp 2026-11-07T03:41:59Z is more than two weeks ago"),
        (7_200.0, nil), (7_201.0, "timestamp 2026-11-21T05:42:01Z is more than two hours ahead"),
    ])
    func timestampLimits(offset: Double, fault: String?) {
        var datum = SLAResult.sample.metrics(.standard)[0]
        datum.timestamp = Timestamp(secondsSinceEpoch: 1_795_232_520 + offset)
        #expect(datum.fault(at: testTime) == fault)
    }

    @Test(arguments: [
        (0.0, true), (-1.0, true), (0x1p360, true), (-0x1p360, true), (0x1.0000000000001p360, false),
        (.infinity, false), (-.infinity, false), (.nan, false),
    ])
    func valueLimits(value: Double, isFine: Bool) {
        var datum = SLAResult.sample.metrics(.standard)[0]
        datum.value = value
        #expect((datum.fault(at: testTime) == nil) == isFine)
    }

    @Test(arguments: [
        ("a", nil), (" a ", nil), ("~", nil), (String(repeating: "x", count: 1_024), nil), (":a", nil),
        (String(repeating: "x", count: 1_025), "Service has 1025 characters, more than 1024"),
        ("", "Service is empty"), ("   ", "Service is empty"),
        ("a\u{7F}", "Service \"a\u{7F}\" has a character outside of printable ASCII"),
        ("a\tb", "Service \"a\tb\" has a character outside of printable ASCII"),
        ("Zürich", "Service \"Zürich\" has a character outside of printable ASCII"),
    ])
    func dimensionLimits(service: String, fault: String?) {
        #expect(SLAResult.named(service).metrics(.standard)[0].fault(at: testTime) == fault)
    }
}
