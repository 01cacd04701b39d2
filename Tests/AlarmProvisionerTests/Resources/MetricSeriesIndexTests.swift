import JSON
import TestSupport
import Testing

@testable import AlarmProvisioner

struct MetricSeriesIndexTests {
    private let scope = AlarmScope(account: "1", region: "eu-west-1")
    private let disk = MetricName("CWAgent", "disk")

    private var index: MetricSeriesIndex {
        var index = MetricSeriesIndex()
        for series: [String: String] in [
            ["host": "a", "path": "/"], ["host": "a", "path": "/var"], ["host": "b", "path": "/"],
            ["host": "a", "path": "/", "device": "sda"], ["host": "a"], ["host": "a", "path": "/"], [:],
        ] { index.add(series, of: disk, in: scope) }
        return index
    }

    @Test(
        "exactly the fixed and the listed dimensions",
        arguments: [
            (["host": "a"], ["path"], [["host": "a", "path": "/"], ["host": "a", "path": "/var"]]),
            (["host": "a"], [], [["host": "a"]]),
            (["host": "a", "path": "/"], ["device"], [["host": "a", "path": "/", "device": "sda"]]),
            (["host": "c"], ["path"], []), (["host": "a"], ["none"], []),
            ([:], ["host"], [["host": "a"]]), ([:], [], [[:]]),
            (["host": "a"], ["host", "path"], [["host": "a", "path": "/"], ["host": "a", "path": "/var"]]),
        ] as [([String: String], [String], [[String: String]])])
    func matching(fixed: [String: String], listed: [String], expected: [[String: String]]) {
        let found = index.series(namespace: "CWAgent", metric: "disk", in: scope, fixed: fixed, listed: listed)
        #expect(Set(found) == Set(expected))
        #expect(found.count == expected.count)
    }

    @Test func eachSeriesOnce() {
        #expect(index.series(namespace: "CWAgent", metric: "disk", in: scope).count == 6)
    }

    @Test func otherScopesAndMetricsAreApart() {
        let other = AlarmScope(account: "1", region: "eu-west-2")
        #expect(index.series(namespace: "CWAgent", metric: "disk", in: other) == [])
        #expect(index.series(namespace: "CWAgent", metric: "mem", in: scope) == [])
        #expect(index.series(namespace: "X", metric: "disk", in: scope, fixed: [:], listed: []) == [])
    }

    @Test func seriesAsResources() {
        var index = MetricSeriesIndex()
        index.add(["pod": "p", "namespace": "n"], of: disk, in: scope)
        index.add([:], of: disk, in: scope)
        let resources = index.resources(of: disk, in: scope)
        #expect(resources.map(\.id) == ["metric:CWAgent{namespace=n,pod=p}", "metric:CWAgent{}"])
        #expect(resources.map(\.name) == ["n/p", "CWAgent"])
        #expect(resources.map(\.kind) == [.metric, .metric])
        #expect(resources.first?.dimensions == ["pod": "p", "namespace": "n"])
    }
}

struct TelemetryTagsTests {
    @Test(
        "what the service answers",
        arguments: [
            (#"{"Status":"Running"}"#, 200, "on"),
            (#"{"Status":"Stopped"}"#, 200, "off: resource tags on telemetry are stopped"),
            (#"{"Status":"Impaired"}"#, 200, "off: resource tags on telemetry are impaired"),
            (#"{"__type":"ResourceNotFoundException"}"#, 404, "off: resource tags on telemetry were never turned on"),
            (
                #"{"__type":"AccessDeniedException"}"#, 403,
                "refused: observabilityadmin:GetTelemetryEnrichmentStatus is denied"
            ),
            (
                #"{"__type":"InternalServerException"}"#, 500,
                "unknown: observabilityadmin:GetTelemetryEnrichmentStatus failed"
            ),
        ])
    func status(body: String, code: Int, expected: String) async throws {
        let aws = try FakeAWS { _ in .http(code, body: body) }
        let status = await TelemetryTags.status(in: FakeAWS.scope, configuration: aws.configurations())
        let text =
            switch status {
            case .on: "on"
            case .off(let reason): "off: \(reason)"
            case .refused(let reason): "refused: \(reason)"
            case .unknown(let reason): "unknown: \(reason)"
            }
        #expect(text.hasPrefix(expected))
    }
}
