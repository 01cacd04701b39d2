import AWS
import AlarmEvaluation
import Basics
import CloudWatchAlarms
import HTTPServer
import JSON
import NIOHTTP1
import Testing
import Transport

@testable import LocalCloud

/// The local CloudWatch, called with Tocsin's own client; nothing listens where its moto would be.
@Suite(.timeLimit(.minutes(1)))
struct LocalMetricsTests {
    private static let dimensions: JSONValue = [["Name": "name", "Value": "web"], ["Name": "group", "Value": "shop"]]
    private static let start = Timestamp(iso8601: "2026-11-29T12:00:00Z") ?? .now()

    private struct Stand {
        let metrics: LocalMetrics
        let alarmChanges = AlarmChangeCount()
        let results: Locked<[MeasuredResult]>
        let client: AWSClient
        let server: Server

        init() async throws {
            let results = Locked<[MeasuredResult]>([])
            self.results = results
            metrics = LocalMetrics { new in results.withLock { $0 += new } }
            let loop = try EventLoop.onOwnThread()
            // Its port is given back before the first call.
            let closed = try await Server(Server.Configuration(), handler: NoHandler())
            let moto = Moto(endpoint: "http://127.0.0.1:\(closed.port)")
            await closed.stop(grace: .zero)
            server = try await Server(
                Server.Configuration(),
                handler: MetricsServer(
                    metrics: metrics, moto: moto, client: HTTPClient(loop: loop), alarmChanges: alarmChanges))
            let local = Moto(endpoint: moto.endpoint, cloudWatchEndpoint: "http://127.0.0.1:\(server.port)")
            var configuration = try AWSConfiguration(
                environment: local.environment.merging(["AWS_MAX_ATTEMPTS": "1"]) { $1 }, loop: loop)
            configuration.attemptTimeout = .seconds(30)
            client = try AWSClient(.cloudWatch, configuration: configuration)
        }

        func put(_ data: [JSONValue], namespace: String = "Monitoring/Uptime") async throws {
            _ = try await client.call(
                "PutMetricData", ["Namespace": .string(namespace), "MetricData": .array(data)])
        }
    }

    private struct NoHandler: RequestHandler {
        func bodyLimit(for head: HTTPRequestHead) -> Int { 0 }
        func reply(to request: ReceivedRequest) async -> ServerReply { ServerReply() }
    }

    private static func datum(
        _ metric: String, _ value: Double, after seconds: Int, _ dimensions: JSONValue = dimensions
    ) -> JSONValue {
        [
            "MetricName": .string(metric), "Value": .double(value), "Dimensions": dimensions,
            "Timestamp": .string((start + .seconds(seconds)).iso8601),
        ]
    }

    @Test("periods begin at multiples of their length, and the newest come first")
    func periods() async throws {
        let stand = try await Stand()
        try await stand.put((0..<5).map { Self.datum("latency", Double($0), after: 4 * $0) })
        func values(_ extra: JSONObject) async throws -> JSONValue? {
            var input: JSONObject = [
                "StartTime": .string((Self.start + .seconds(3)).iso8601),
                "EndTime": .string((Self.start + .seconds(16)).iso8601),
                "MetricDataQueries": [
                    [
                        "Id": "a",
                        "MetricStat": [
                            "Metric": [
                                "Namespace": "Monitoring/Uptime", "MetricName": "latency",
                                // In another order than they were written in.
                                "Dimensions": [["Name": "group", "Value": "shop"], ["Name": "name", "Value": "web"]],
                            ], "Period": 10, "Stat": "Sum",
                        ],
                    ]
                ],
            ]
            for (key, value) in extra { input[key] = value }
            return try await stand.client.call("GetMetricData", .object(input))["MetricDataResults"]?[0]
        }
        // 0, 1 and 2 in the first ten seconds, 3 after that; the last one is at the end, which does not count.
        let newestFirst = try await values([:])
        #expect(newestFirst?["Values"] == [3.0, 3.0])
        #expect(newestFirst?["Timestamps"]?[1]?.stringValue == "2026-11-29T12:00:00+00:00")
        #expect(newestFirst?["Timestamps"]?[0]?.stringValue == "2026-11-29T12:00:10+00:00")
        let oldestFirst = try await values(["ScanBy": "TimestampAscending"])
        #expect(oldestFirst?["Timestamps"]?[0]?.stringValue == "2026-11-29T12:00:00+00:00")
    }

    @Test func statistics() async throws {
        let stand = try await Stand()
        try await stand.put([
            [
                "MetricName": "size", "Timestamp": .string(Self.start.iso8601), "Values": [1.0, 5.0],
                "Counts": [3.0, 1.0],
            ],
            [
                "MetricName": "set", "Timestamp": .string(Self.start.iso8601),
                "StatisticValues": ["SampleCount": 4.0, "Sum": 20.0, "Minimum": 1.0, "Maximum": 9.0],
            ],
        ])
        func read(_ metric: String) async throws -> JSONValue? {
            try await stand.client.call(
                "GetMetricStatistics",
                [
                    "Namespace": "Monitoring/Uptime", "MetricName": .string(metric), "Period": 60,
                    "StartTime": .string(Self.start.iso8601),
                    "EndTime": .string((Self.start + .seconds(60)).iso8601),
                    "Statistics": ["SampleCount", "Sum", "Minimum", "Maximum", "Average"],
                ])["Datapoints"]?[0]
        }
        let values = try await read("size")
        #expect(values?["SampleCount"]?.doubleValue == 4)
        #expect(values?["Sum"]?.doubleValue == 8)
        #expect(values?["Average"]?.doubleValue == 2)
        let set = try await read("set")
        #expect(set?["SampleCount"]?.doubleValue == 4)
        #expect(set?["Sum"]?.doubleValue == 20)
        #expect(set?["Minimum"]?.doubleValue == 1)
        #expect(set?["Maximum"]?.doubleValue == 9)
    }

    @Test func metricsAreListedByPages() async throws {
        let stand = try await Stand()
        for number in 0..<3 {
            try await stand.put(
                (0..<250).map { Self.datum("success", 1, after: 0, [["Name": "name", "Value": "\(number)-\($0)"]]) })
        }
        try await stand.put([Self.datum("success", 1, after: 0)], namespace: "Other")
        var found: [String] = []
        for try await page in stand.client.pages("ListMetrics", ["Namespace": "Monitoring/Uptime"]) {
            found += (page["Metrics"]?.arrayValue ?? []).compactMap { $0["Dimensions"]?[0]?["Value"]?.stringValue }
        }
        #expect(found.count == 750)
        #expect(Set(found).count == 750)
        let one = try await stand.client.call(
            "ListMetrics", ["Dimensions": [["Name": "name", "Value": "1-7"]]])["Metrics"]
        #expect(one?.arrayValue?.count == 1)
    }

    @Test("results arrive with their duration, those of groups do not count, and totals outlast the samples")
    func results() async throws {
        let stand = try await Stand()
        try await stand.put([
            Self.datum("success", 1, after: 0), Self.datum("response-time", 250, after: 0),
            Self.datum("certificate-days", 30, after: 0), Self.datum("success", 0, after: 10),
        ])
        let service: JSONValue = [["Name": "Region", "Value": "local"], ["Name": "Service", "Value": "pay"]]
        let group: JSONValue = [["Name": "Group", "Value": "money"], ["Name": "Region", "Value": "local"]]
        try await stand.put(
            [
                Self.datum("integration-sla-success", 1, after: 5, service),
                Self.datum("sla-test-duration-secs", 2, after: 5, service),
                Self.datum("integration-sla-success", 1, after: 5, group),
            ], namespace: "SLA-Monitor")
        let good = MeasuredResult(
            source: .check, group: "shop", name: "web", time: Self.start, succeeded: true, seconds: 0.25,
            certificateDays: 30)
        let bad = MeasuredResult(
            source: .check, group: "shop", name: "web", time: Self.start + .seconds(10), succeeded: false)
        let test = MeasuredResult(
            source: .test, name: "pay", time: Self.start + .seconds(5), succeeded: true, seconds: 2)
        #expect(stand.results.withLock { $0 } == [good, bad, test])
        #expect(
            MetricReader(metrics: stand.metrics).read() == [
                ServiceStatus(
                    service: "pay", attempts: 1, successes: 1,
                    last: .init(succeeded: true, duration: .seconds(2), time: test.time)),
                ServiceStatus(
                    service: "shop/web", attempts: 2, successes: 1,
                    last: .init(succeeded: false, duration: nil, time: bad.time)),
            ])
    }

    @Test("each metric keeps its newest samples, and alarms read them whatever the order of writing")
    func bounds() throws {
        let metrics = LocalMetrics()
        let metric = MetricSamples.Identity(namespace: "n", metric: "m")
        func datum(_ metric: MetricSamples.Identity, _ second: Int) throws -> PutDatum {
            try PutDatum(
                ["MetricName": .string(metric.metric), "Value": .double(Double(second)), "Dimensions": []],
                namespace: "n", now: Self.start + .seconds(second))
        }
        for number in 0..<LocalMetrics.maximumSeries - 1 {
            let other = MetricSamples.Identity(namespace: "n", metric: "m\(number)")
            #expect(metrics.put([try datum(other, 0)], namespace: "n"))
        }
        for second in 0..<200 { #expect(metrics.put([try datum(metric, second ^ 1)], namespace: "n")) }
        let series = try #require(metrics.series(of: metric))
        #expect((64...80).contains(series.samples.count))
        #expect(series.samples.map(\.value) == (200 - series.samples.count..<200).map(Double.init))
        #expect(series.total == LocalMetrics.Total(count: 200, sum: 19_900))
        let statistic = MetricStatistic(namespace: "n", metric: "m", statistic: "Maximum", period: 10)
        let slot = MetricSlot(start: Self.start + .seconds(180), end: Self.start + .seconds(190))
        #expect(try metrics.data.datapoint(statistic, slot) == Datapoint(value: 189, sampleCount: 10))
        // One more metric than are kept.
        #expect(!metrics.put([try datum(MetricSamples.Identity(namespace: "n", metric: "new"), 0)], namespace: "n"))
    }

    @Test("numbers that CloudWatch does not take are refused, and those that it takes end nothing")
    func unsoundNumbers() async throws {
        let stand = try await Stand()
        func refusal(_ datum: JSONObject) async throws -> String? {
            var datum = datum
            datum["MetricName"] = "success"
            datum["Dimensions"] = Self.dimensions
            do {
                try await stand.put([.object(datum)])
                return nil
            } catch let error as AWSError {
                return error.code
            }
        }
        let set: JSONValue = ["SampleCount": 1e-300, "Sum": 1e100, "Minimum": 0.0, "Maximum": 1.0]
        let unsound: [JSONObject] = [
            ["Value": 1e300], ["Value": -1e300], ["Values": [1.0, 1e200]], ["Values": [1.0], "Counts": [1e150]],
            ["StatisticValues": set],
        ]
        for datum in unsound { #expect(try await refusal(datum) == "InvalidParameterValue", "\(datum)") }
        #expect(stand.metrics.series { _ in true }.isEmpty)
        #expect(try await refusal(["Values": [1e108], "Counts": [1e108]]) == nil)
        #expect(try await refusal(["Value": 1.0, "Timestamp": 1e300]) == nil)
        for name in ["response-time", "certificate-days"] {
            try await stand.put([Self.datum("success", 1, after: 0), Self.datum(name, -1e100, after: 0)])
            try await stand.put([Self.datum("success", 1, after: 1), Self.datum(name, 1e100, after: 1)])
        }
        let results = stand.results.withLock { $0 }
        #expect(results.compactMap(\.seconds) == [0, 1e9])
        #expect(results.compactMap(\.certificateDays) == [-1e6, 1e6])
        let status = try #require(MetricReader(metrics: stand.metrics).read().first)
        #expect(status.attempts == 1_000_000_000_000_000)
        #expect(status.successes == 1_000_000_000_000_000)
        for period in [Int64.max, 31_536_001, 0] {
            let error = await #expect(throws: AWSError.self) {
                _ = try await stand.client.call(
                    "GetMetricStatistics",
                    [
                        "Namespace": "Monitoring/Uptime", "MetricName": "success", "Dimensions": Self.dimensions,
                        "Period": .integer(period), "StartTime": .string(Self.start.iso8601),
                        "EndTime": .string((Self.start + .seconds(60)).iso8601), "Statistics": ["Sum"],
                    ])
            }
            // The client itself knows that it is above 0.
            #expect(error?.code == (period == 0 ? "InvalidParameter" : "ValidationError"))
        }
        let series = try #require(stand.metrics.series { $0.metric.metric == "success" }.first)
        let year = series.points(.sum, period: .seconds(Int64.max), from: Self.start, to: Self.start + .seconds(60))
        #expect(year.count == 1)
    }

    @Test("metrics of services that are not watched any more go, and results on their way bring none back")
    func metricsGo() async throws {
        let stand = try await Stand()
        func put(_ names: [String]) async throws {
            for name in names {
                let parts = name.split(separator: "/").map(String.init)
                let group: JSONValue = ["Name": "group", "Value": .string(parts[0])]
                let dimensions: JSONValue =
                    parts.count > 1 ? [group, ["Name": "name", "Value": .string(parts[1])]] : [group]
                try await stand.put([
                    Self.datum("success", 1, after: 0, dimensions),
                    Self.datum("response-time", 1, after: 0, dimensions),
                ])
            }
        }
        func list(_ token: JSONValue? = nil) async throws -> JSONValue {
            var input: JSONObject = [:]
            input["NextToken"] = token
            return try await stand.client.call("ListMetrics", .object(input))
        }
        func names() async throws -> [String] {
            try await list()["Metrics"]?.arrayValue?.map { metric in
                (metric["Dimensions"]?.arrayValue ?? []).compactMap { $0["Value"]?.stringValue }.joined(separator: "/")
            } ?? []
        }
        try await put(["shop", "shop/web", "old", "old/web", "shop/api"])
        // Not of a service.
        try await stand.put([Self.datum("success", 1, after: 0, [])], namespace: "Other")
        let watched = Locked<Set<String>>(["shop/web", "shop/new"])
        stand.metrics.keep { service in watched.withLock { $0.contains(service) } }
        #expect(try await names() == ["shop", "shop", "shop/web", "shop/web", ""])
        let results = stand.results.withLock { $0.count }
        try await put(["old/web", "shop/new"])
        #expect(try await names() == ["shop", "shop", "shop/web", "shop/web", "", "shop/new", "shop/new"])
        #expect(stand.results.withLock { $0.count } == results + 1)
        // A list that is being read goes on where it was when metrics before it go.
        for number in 0..<300 {
            watched.withLock { _ = $0.insert("many/\(number)") }
            try await put(["many/\(number)"])
        }
        let first = try await list()
        #expect(first["Metrics"]?.arrayValue?.count == 500)
        watched.withLock { _ = $0.remove("shop/web") }
        stand.metrics.keep { service in watched.withLock { $0.contains(service) } }
        let rest = try await list(first["NextToken"])
        #expect(rest["Metrics"]?.arrayValue?.count == 107)
        #expect(rest["NextToken"] == nil)
    }

    @Test func whatIsRefused() async throws {
        let stand = try await Stand()
        let expression: JSONValue = ["Id": "e", "Expression": "a + 1"]
        let range = ["StartTime": Self.start, "EndTime": Self.start + .seconds(60)].mapValues { time -> JSONValue in
            .string(time.iso8601)
        }
        var input = JSONObject(range.map { ($0.key, $0.value) })
        input["MetricDataQueries"] = [expression]
        await #expect(throws: AWSError.self) { _ = try await stand.client.call("GetMetricData", .object(input)) }
        // What is not about metrics goes to moto, which is not there.
        let error = await #expect(throws: AWSError.self) { _ = try await stand.client.call("DescribeAlarms", [:]) }
        #expect(error?.status == 503)
        #expect(stand.alarmChanges.value == 0)
    }
}
