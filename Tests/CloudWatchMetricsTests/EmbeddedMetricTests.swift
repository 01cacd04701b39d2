import Basics
import JSON
import Testing

@testable import CloudWatchMetrics

@Suite struct EmbeddedMetricTests {
    @Test func neighboursThatShareTheirDimensionsShareADocument() {
        let data = [
            MetricDatum.sample("a"), .sample("b", value: 2.5, unit: .none), .sample("a", service: "blog"),
        ]
        func document(_ metrics: String, _ service: String, _ values: String) -> String {
            #"{"_aws":{"Timestamp":1795232520000,"CloudWatchMetrics":[{"Namespace":"Mine","#
                + #""Dimensions":[["Region","Service"]],"Metrics":[\#(metrics)]}]},"Region":"eu-central-1","#
                + #""Service":"\#(service)",\#(values)}"#
        }
        let a = #"{"Name":"a","Unit":"Count","StorageResolution":60}"#
        #expect(
            EmbeddedMetricOutput.documents(of: data, namespace: "Mine").map(\.description) == [
                document(a + #",{"Name":"b","Unit":"None","StorageResolution":60}"#, "shop", #""a":1.0,"b":2.5"#),
                document(a, "blog", #""a":1.0"#),
            ])
    }

    @Test func equalDataStayApart() {
        let documents = EmbeddedMetricOutput.documents(of: [.sample(), .sample()], namespace: "n")
        #expect(documents.count == 2)
        #expect(documents[0] == documents[1])
    }

    @Test(arguments: [(100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
    func aDocumentHasAtMostAHundredMetrics(count: Int, sizes: [Int]) {
        let data = (0..<count).map { MetricDatum.sample("m\($0)") }
        let documents = EmbeddedMetricOutput.documents(of: data, namespace: "n")
        let metrics = documents.map { $0["_aws"]?["CloudWatchMetrics"]?[0]?["Metrics"]?.arrayValue?.count }
        #expect(metrics == sizes)
    }

    @Test func linesOnTheOutput() throws {
        let sink = Sink()
        let output = EmbeddedMetricOutput(namespace: "n") { sink.write($0) }
        let result = output.write([[.sample(service: "a")], [.sample(service: "b")]], until: testTime)
        #expect(result.batches == [.init(), .init()])
        #expect(try sink.lines.map { try JSONValue(parsing: $0)["Service"]?.stringValue } == ["a", "b"])
    }

    @Test func aFullOrClosedOutputIsAnError() {
        #expect(throws: MetricsError.self) { try writeAll([1], to: -1) }
    }
}
