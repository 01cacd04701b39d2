import Basics
import ServiceHistory
import Testing

@testable import SLAReport

@Suite struct MetricBatchTests {
    private static let namespaces = MetricNamespaces(tests: "T", checks: "C")

    private func services(_ count: Int, series: Int = 1) -> [MeasuredService] {
        (0..<count).map { index in
            MeasuredService(
                name: "s\(index)", group: nil, kind: .test,
                series: (0..<series).map { [MetricDimension(name: "Region", value: "r\($0)")] })
        }
    }

    private func span(slots: Int, timing: Int = 1) -> HistoryResolution.Span {
        .init(range: 0..<slots * 60, period: 60, timingPeriod: 60 * timing)
    }

    @Test(
        "a call has at most 500 queries and 100,800 data points, and each service is in one batch",
        arguments: [
            (125, 1, 10, 1), (126, 1, 10, 2), (250, 2, 1, 5), (4, 1, 6_300, 1), (5, 1, 6_300, 2), (3, 1, 20_160, 3),
            (1, 130, 1, 1),
        ])
    func limits(services count: Int, series: Int, slots: Int, batches expected: Int) {
        let services = services(count, series: series)
        let batches = MetricBatch.batches(of: services, in: span(slots: slots), Self.namespaces)
        #expect(batches.count == expected)
        #expect(batches.flatMap { Array($0.services) } == Array(0..<count))
        let calls = batches.flatMap(\.calls)
        #expect(calls.allSatisfy { $0.count <= 500 })
        #expect(calls.allSatisfy { $0.reduce(0) { $0 + $1.points } <= 100_800 })
        #expect(calls.reduce(0) { $0 + $1.count } == count * series * 4)
    }

    @Test("series are added up, means count by results, and a period with half of its metrics says nothing")
    func points() {
        let span = span(slots: 4, timing: 2)
        var first = SeriesValues(span)
        var second = SeriesValues(span)
        first.attempts = [2, 1, .nan, 3]
        first.successes = [2, .nan, .nan, 2]
        first.mean = [1, 4]
        first.longest = [2, 9]
        second.attempts = [1, 1, .nan, 1]
        second.successes = [0, 1, 1, 1]
        second.mean = [4, .nan]
        second.longest = [5, .nan]
        let points = [first, second].points(span, secondsPerUnit: 1)
        #expect(points.map(\.attempts) == [3, 1, 4])
        #expect(points.map(\.successes) == [2, 1, 3])
        #expect(points.map { $0.start.secondsSinceEpoch } == [0, 60, 180])
        // Three results of the first series at 1 s, two of the second at 4 s.
        #expect(points[0].seconds.map { abs($0 - 2.2) < 1e-9 } == true)
        #expect(points[0].maximumSeconds == 5)
        #expect(points[2].seconds == 4)
        #expect(points[2].maximumSeconds == 9)
    }

    @Test("services: pages that repeat, series of groups, regions, and names that were percent-encoded")
    func discovery() {
        func dimensions(_ pairs: (String, String)...) -> [MetricDimension] {
            pairs.map { MetricDimension(name: $0.0, value: $0.1) }.sorted()
        }
        var found = FoundServices()
        found.add(
            [
                dimensions(("Service", "shop"), ("Region", "a")), dimensions(("Region", "a"), ("Service", "shop")),
                dimensions(("Region", "b"), ("Service", "shop")), dimensions(("Region", "a"), ("Group", "web")),
                dimensions(("Service", "x")),
            ], .test)
        found.add(
            [
                dimensions(("name", "api"), ("group", "web"), ("region", "a")),
                dimensions(("name", "api"), ("group", "web"), ("region", "a"), ("team", "x")),
                dimensions(("name", "K%C3%BCche"), ("region", "a")), dimensions(("name", "100%41"), ("region", "a")),
                dimensions(("name", "shop"), ("region", "a")), dimensions(("url", "http://a")),
            ], .check)
        #expect(found.services.map(\.fullName) == ["100%41", "Küche", "shop", "shop", "web/api"])
        #expect(found.services.map(\.kind) == [.check, .check, .test, .check, .check])
        #expect(found.services.map(\.series.count) == [1, 1, 2, 1, 2])
    }
}
