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
        let outcome = ["success", "failure", "attempts"].map {
            #"{"Name":"integration-sla-\#($0)","Unit":"Count","StorageResolution":60}"#
        }.joined(separator: ",")
        let values = #""integration-sla-success":1.0,"integration-sla-failure":0.0,"integration-sla-attempts":1.0"#
        func head(_ dimensions: String, _ metrics: String) -> String {
            #"{"_aws":{"Timestamp":1795232520000,"CloudWatchMetrics":[{"Namespace":"SLA-Monitor","#
                + #""Dimensions":[\#(dimensions)],"Metrics":[\#(metrics)]}]},"#
        }
        let duration = #"{"Name":"sla-test-duration-secs","Unit":"Count","StorageResolution":60}"#
        #expect(
            documents.map(\.description) == [
                head(#"["Region","Service"]"#, outcome + "," + duration)
                    + #""Region":"eu-central-1","Service":"shop",\#(values),"sla-test-duration-secs":12.0}"#,
                head(#"["Group","Region"]"#, outcome) + #""Group":"web","Region":"eu-central-1",\#(values)}"#,
                head(#"["Group","Region"]"#, outcome) + #""Group":"eu","Region":"eu-central-1",\#(values)}"#,
            ])
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
