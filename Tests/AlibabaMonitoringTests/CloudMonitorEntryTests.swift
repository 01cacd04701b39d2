import Basics
import CloudWatchMetrics
import JSON
import Testing

@testable import AlibabaMonitoring

/// What CloudMonitor takes of a datum.
@Suite struct CloudMonitorEntryTests {
    private static func entry(
        _ name: String = "success", _ dimensions: [MetricDatum.Dimension] = [.init(name: "name", value: "api")],
        value: Double = 1
    ) -> CloudMonitorEntry {
        CloudMonitorEntry(
            MetricDatum(
                name: name, dimensions: dimensions, timestamp: Timestamp(secondsSinceEpoch: 1_795_232_520.5),
                value: value, unit: .count))
    }

    @Test func theParametersAreThoseOfTheSDK() {
        let dimensions: [MetricDatum.Dimension] = [
            .init(name: "name", value: "api"), .init(name: "region", value: "cn-hangzhou"),
        ]
        let parameters = Self.entry("response-time", dimensions, value: 10.5).parameters(at: 2, group: "7")
        #expect(
            parameters.map { "\($0.name)=\($0.value)" } == [
                #"MetricList.2.Dimensions={"name":"api","region":"cn-hangzhou"}"#, "MetricList.2.GroupId=7",
                "MetricList.2.MetricName=response_time", "MetricList.2.Time=1795232520500", "MetricList.2.Type=0",
                #"MetricList.2.Values={"value":10.5}"#,
            ])
    }

    @Test(
        arguments: [
            ("success", "success"), ("response-time", "response_time"),
            ("integration-sla-attempts", "integration_sla_attempts"),
            ("sla-test-duration-secs", "sla_test_duration_secs"),
        ])
    func names(of name: String, are expected: String) { #expect(Self.entry(name).name == expected) }

    private static let long = String(repeating: "x", count: 60)

    @Test(
        arguments: [
            ("api", "api"), ("shop/api_v1.2", "shop/api_v1.2"), (#"a\b"#, #"a\b"#), ("My shop", "My_shop-7cde64cb"),
            ("My_shop", "My_shop"), ("a=b&c,d", "a_b_c_d-7a8ca4d7"),
            ("https://shop.example/", "https_//shop.example/-0ebceea5"), (long + "1234", long + "1234"),
            (long + "12345", String(repeating: "x", count: 55) + "-d4f164dc"),
        ])
    func values(of value: String, are expected: String) {
        #expect(Self.entry("m", [.init(name: "name", value: value)]).dimensions.map(\.value) == [expected])
    }

    @Test("texts that differ behind the limit, or in what is replaced, stay apart")
    func nothingMerges() {
        let texts = ["a b", "a_b", "a=b", "a%b"] + ["1", "2"].map { String(repeating: "y", count: 64) + $0 }
        let values = Set(texts.flatMap { Self.entry("m", [.init(name: "n", value: $0)]).dimensions.map(\.value) })
        #expect(values.count == texts.count)
        #expect(values.allSatisfy { $0.utf8.count <= 64 })
    }

    @Test func theLastLabelsOfManyAreLeftOut() {
        let many = (1...12).map { MetricDatum.Dimension(name: "d\($0)", value: "v") }
        #expect(Self.entry("m", many).dimensions.map(\.name) == (1...10).map { "d\($0)" })
    }
}
