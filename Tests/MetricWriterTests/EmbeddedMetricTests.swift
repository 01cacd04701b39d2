import Basics
import Events
import JSON
import Testing

@testable import MetricWriter
@testable import CloudWatchMetrics

@Suite struct EmbeddedMetricTests {
    @Test func oneDocumentForTheServiceAndOneForEachGroup() {
        let data = SLAResult.sample.metrics(.standard)
        let documents = EmbeddedMetricOutput.documents(of: data, namespace: "SLA-Monitor")
        let service = data.prefix(SLAResult.serviceMetrics).map(\.name)
        let group = data.suffix(SLAResult.groupMetrics).map(\.name)
        let directives = documents.map { $0["_aws"]?["CloudWatchMetrics"]?[0] }
        let names = directives.map { $0?["Metrics"]?.arrayValue?.compactMap { $0["Name"]?.stringValue } }
        #expect(names == [service, group, group])
        #expect(
            directives.map { $0?["Dimensions"] } == [
                [["Region", "Service"]], [["Group", "Region"]], [["Group", "Region"]],
            ])
        #expect(documents.map { $0["Service"] } == ["shop", nil, nil])
        #expect(documents.map { $0["Group"] } == [nil, "web", "eu"])
        #expect(documents[0]["sla-test-duration-secs"] == 12.0)
        #expect(documents.allSatisfy { $0["integration-sla-success"] == 1.0 })
    }

    @Test("METRIC_DOUBLE makes every value count twice in the log, too")
    func doubled() {
        var configuration = MetricWriter.Configuration.standard
        configuration.countsTwice = true
        let data = SLAResult.sample.metrics(configuration)
        let documents = EmbeddedMetricOutput.documents(of: data, namespace: "SLA-Monitor")
        #expect(documents.map { $0["integration-sla-success"] } == [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
        #expect(documents[0]["sla-test-duration-secs"] == [12.0, 12.0])
    }

    @Test func longestDocumentIsWithinTheLimits() throws {
        var configuration = MetricWriter.Configuration.standard
        configuration.namespace = String(repeating: "n", count: 255)
        configuration.region = String(repeating: "\"", count: 1_024)
        let data = SLAResult.named(String(repeating: "\"", count: 1_024)).metrics(configuration)
        let document = try #require(EmbeddedMetricOutput.documents(of: data, namespace: configuration.namespace).first)
        #expect(data.allSatisfy { $0.fault(at: testTime) == nil })
        #expect(document.serialized().count < 8_192)
    }
}
