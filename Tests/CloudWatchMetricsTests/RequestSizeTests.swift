import Basics
import JSON
import Testing

@testable import CloudWatchMetrics

@Suite struct RequestSizeTests {
    @Test(arguments: [
        ([], []),
        ([RequestSize(data: 1, bytes: 1)], [0..<1]),
        ([RequestSize](repeating: RequestSize(data: 1, bytes: 1), count: 1_000), [0..<1_000]),
        ([RequestSize](repeating: RequestSize(data: 1, bytes: 1), count: 1_001), [0..<1_000, 1_000..<1_001]),
        // Nothing is split: 300 + 300 + 300, then 300.
        ([RequestSize](repeating: RequestSize(data: 300, bytes: 1), count: 4), [0..<3, 3..<4]),
        ([RequestSize](repeating: RequestSize(data: 1, bytes: 500_000), count: 3), [0..<2, 2..<3]),
        ([RequestSize](repeating: RequestSize(data: 1, bytes: 500_001), count: 2), [0..<1, 1..<2]),
        // What is too large for any request gets its own; its neighbours share requests.
        (
            [1, 1, 5_000, 1, 1].map { RequestSize(data: $0, bytes: 1) },
            [0..<2, 2..<3, 3..<5]
        ),
    ])
    func packs(sizes: [RequestSize], requests: [Range<Int>]) {
        #expect(RequestSize.pack(sizes) == requests)
    }

    @Test func sizeCoversTheLongestEncoding() throws {
        let datum = MetricDatum(
            name: "integration-sla-attempts",
            dimensions: [
                .init(name: "Region", value: String(repeating: "%", count: 1_024)),
                .init(name: "Service", value: String(repeating: " ", count: 1_024)),
            ],
            timestamp: testTime, value: -1.2345678901234567e+100, unit: .seconds, resolution: 60
        )
        let member = "MetricData.member.1000."
        let query = [
            "MetricName=\(datum.name)", "Dimensions.member.1.Name=Region", "Dimensions.member.2.Name=Service",
            "Dimensions.member.1.Value=" + String(repeating: "%25", count: 1_024),
            "Dimensions.member.2.Value=" + String(repeating: "%20", count: 1_024),
            "Timestamp=2026-11-21T03%3A42%3A00.123456Z", "Value=-1.2345678901234567e%2B100", "Unit=Seconds",
            "StorageResolution=60",
        ].map { "&" + member + $0 }.joined()
        let size = RequestLimits.cloudWatch.size(datum)
        #expect(size.data == 1)
        #expect(size.bytes >= query.utf8.count)
        #expect(size.bytes >= datum.json.serialized().count + 1)
    }
}
