import AWS
import Basics
import Configuration
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import CloudWatchMetrics

/// The output against a scripted collector.
@Suite(.timeLimit(.minutes(1))) struct OTLPOutputTests {
    private static let loop = Result { try EventLoop.onOwnThread() }
    private static let end = testTime + .seconds(30)
    private static let accepted = Reply.http(200, headers: [("Content-Type", "application/x-protobuf")], body: "")

    /// Notes how long was slept.
    private final class Sleeps: Sendable {
        private let state = Mutex<[Duration]>([])
        var all: [Duration] { state.withLock { $0 } }
        func add(_ duration: Duration) { state.withLock { $0.append(duration) } }
    }

    private func output(
        _ server: ScriptedServer, toCloudWatch: Bool = false, _ sleeps: Sleeps = Sleeps(),
        _ change: (inout OTLPSettings) -> Void = { _ in }
    ) throws -> OTLPOutput {
        let loop = try Self.loop.get()
        let aws = try AWSConfiguration(
            environment: awsVariables(at: server.url), http: HTTPClient(loop: loop),
            time: TimeSource(now: { testTime }, sleep: { sleeps.add($0) }, random: { 0 }))
        var settings = OTLPSettings()
        if !toCloudWatch { settings.endpoint = server.url + "/v1/metrics" }
        change(&settings)
        return try OTLPOutput(namespace: "n", settings: settings, aws: aws)
    }

    private func services(_ request: ServerRequest) throws -> [String] {
        let metrics = try JSONValue(parsing: request.body)["resourceMetrics"]?[0]?["scopeMetrics"]?[0]?["metrics"]
        return (metrics?[0]?["sum"]?["dataPoints"]?.arrayValue ?? [])
            .compactMap { $0["attributes"]?[1]?["value"]?["stringValue"]?.stringValue }
    }

    // MARK: Requests

    @Test func aCollectorGetsProtobufWithoutASignature() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let result = try await output(server) { $0.headers = ["x-token": "t"] }.write([[.sample()]], until: Self.end)
        let request = try #require(server.requests.first)
        #expect(result.batches == [.init()])
        #expect(result.failure == nil)
        #expect(request.method == "POST")
        #expect(request.target == "/v1/metrics")
        #expect(request["Content-Type"] == "application/x-protobuf")
        #expect(request["x-token"] == "t")
        #expect(request["Authorization"] == nil)
        #expect(request.body == OTLPMessage([.sample()], scope: "n", resource: ["service.name": "tocsin"]).protobuf)
    }

    @Test func cloudWatchGetsASignature() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let result = try await output(server, toCloudWatch: true).write([[.sample()]], until: Self.end)
        let request = try #require(server.requests.first)
        #expect(result.failure == nil)
        #expect(request.target == "/v1/metrics")
        #expect(request["Authorization"]?.contains("/eu-central-1/monitoring/aws4_request") == true)
    }

    @Test func aTokenReplacesTheSignature() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        _ = try await output(server, toCloudWatch: true) { $0.headers = ["authorization": "Bearer x"] }
            .write([[.sample()]], until: Self.end)
        #expect(server.requests.first?["Authorization"] == "Bearer x")
    }

    @Test func jsonAndGzip() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        _ = try await output(server) { $0.isJSON = true }.write([[.sample()]], until: Self.end)
        _ = try await output(server) { $0.compresses = true }.write([[.sample()]], until: Self.end)
        #expect(server.requests.map { $0["Content-Type"] } == ["application/json", "application/x-protobuf"])
        #expect(try services(server.requests[0]) == ["shop"])
        #expect(server.requests[1]["Content-Encoding"] == "gzip")
        #expect(server.requests[1].body.starts(with: [0x1F, 0x8B]))
    }

    @Test func manyDataGoInChunks() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let data = (0..<2_500).map { MetricDatum.sample(service: "s\($0)") }
        let result = try await output(server) { $0.isJSON = true }.write([data], until: Self.end)
        #expect(result.batches == [.init()])
        #expect(server.requests.count == 3)
        #expect(try Set(server.requests.flatMap(services)).count == 2_500)
    }

    // MARK: Answers

    /// The answers that ask for another attempt, and those that do not.
    @Test(arguments: [
        (429, 3), (502, 3), (503, 3), (504, 3), (500, 1), (501, 1), (401, 1), (403, 1), (404, 1), (302, 1),
    ])
    private func retries(status: Int, attempts: Int) async throws {
        let server = try ScriptedServer { _ in .http(status, body: "no") }
        let result = try await output(server).write([[.sample(), .sample("b")]], until: Self.end)
        #expect(server.requests.count == attempts)
        #expect(result.batches[0].unwritten == [0, 1])
        #expect((result.failure as? MetricsError)?.code == .notAccepted)
        #expect("\(result.failure.map { "\($0)" } ?? "")".contains("answered \(status) no"))
    }

    @Test func recoversAfterAPause() async throws {
        let count = Mutex(0)
        let server = try ScriptedServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return number == 1 ? .http(503, headers: [("Retry-After", "7")], body: "") : Self.accepted
        }
        let sleeps = Sleeps()
        let result = try await output(server, sleeps).write([[.sample()]], until: Self.end)
        #expect(result.failure == nil)
        #expect(server.requests.count == 2)
        #expect(sleeps.all == [.seconds(7)])
    }

    /// A pause that would end after the time is over, or is longer than 20 seconds, is not made.
    @Test(arguments: [("20", 30, 3), ("21", 60, 1), ("20", 20, 1), ("soon", 30, 3)])
    private func longPausesAreNotMade(asked: String, seconds: Int, attempts: Int) async throws {
        let server = try ScriptedServer { _ in .http(429, headers: [("Retry-After", asked)], body: "") }
        let result = try await output(server).write([[.sample()]], until: testTime + .seconds(seconds))
        #expect(server.requests.count == attempts)
        #expect(result.failure != nil)
    }

    @Test func nothingIsSentAfterTheEnd() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let result = try await output(server).write([[.sample()]], until: testTime)
        #expect(server.requests.isEmpty)
        #expect(result.batches[0].unwritten == [0])
    }

    @Test(arguments: [400, 413, 422])
    private func refusedDataStandAlone(status: Int) async throws {
        let server = try ScriptedServer { request in
            request.text.contains("bad") ? .http(status, body: "no") : Self.accepted
        }
        let data = (0..<100).map { MetricDatum.sample(service: $0 == 17 ? "bad" : "s\($0)") }
        let result = try await output(server) { $0.isJSON = true }.write([data], until: Self.end)
        #expect(Array(result.batches[0].refused.keys) == [17])
        #expect(result.batches[0].refused[17]?.hasSuffix("refused it: \(status) no") == true)
        #expect(result.batches[0].unwritten.isEmpty)
        #expect(result.failure == nil)
    }

    @Test func aPartialSuccessIsToldOnceAndNotRepeated() async throws {
        let server = try ScriptedServer { _ in
            .http(
                200, headers: [("Content-Type", "application/json")],
                body: #"{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"too old"}}"#)
        }
        let result = try await output(server) { $0.isJSON = true }
            .write([[.sample(), .sample(service: "b"), .sample(service: "c")]], until: Self.end)
        #expect(server.requests.count == 1)
        #expect(
            result.batches[0].refused == [
                0: "\(server.url)/v1/metrics refused 2 of the 3 data of this request, and does not say which: too old"
            ])
        #expect(result.failure == nil)
    }

    @Test func aCollectorThatIsAwayIsTold() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let url = server.url
        server.stop()
        let result = try await output(server).write([[.sample()]], until: Self.end)
        #expect("\(result.failure.map { "\($0)" } ?? "")".hasPrefix("\(url)/v1/metrics cannot be reached: "))
        #expect(result.batches[0].unwritten == [0])
    }
}

@Suite struct OTLPSettingsTests {
    private static func read(_ variables: [String: String], _ destination: MetricDestination = .otlp) throws
        -> OTLPSettings
    {
        try Environment(variables).parse { $0.otlpSettings(for: destination) }
    }

    @Test func defaults() throws {
        let settings = try Self.read([:])
        #expect(settings == OTLPSettings())
        #expect(settings.endpoint == nil)
        #expect(settings.timeout == .seconds(10))
    }

    @Test(arguments: [
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"], "http://c:4318/v1/metrics"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/x/"], "http://c:4318/x/v1/metrics"),
        (["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://c:4318/m"], "http://c:4318/m"),
        (
            ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://a/m", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://b"],
            "http://a/m"
        ),
    ])
    private func endpoints(variables: [String: String], expected: String) throws {
        #expect(try Self.read(variables).endpoint == expected)
    }

    @Test func everyVariable() throws {
        let settings = try Self.read([
            "OTEL_EXPORTER_OTLP_HEADERS": "a=1", "OTEL_EXPORTER_OTLP_METRICS_HEADERS": "api-key=a%20b, x = y=z ",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_RESOURCE_ATTRIBUTES": "service.name=a,team=web",
            "OTEL_SERVICE_NAME": "b",
        ])
        var expected = OTLPSettings()
        expected.headers = ["api-key": "a b", "x": "y=z"]
        expected.isJSON = true
        expected.timeout = .milliseconds(2_500)
        expected.compresses = true
        expected.resource = ["service.name": "b", "team": "web"]
        #expect(settings == expected)
    }

    @Test(arguments: [
        (["AWS_LAMBDA_FUNCTION_NAME": "f"], "f"),
        (["AWS_LAMBDA_FUNCTION_NAME": "f", "OTEL_RESOURCE_ATTRIBUTES": "service.name=a"], "a"), ([:], "tocsin"),
    ])
    private func serviceNames(variables: [String: String], expected: String) throws {
        #expect(try Self.read(variables).resource == ["service.name": expected])
    }

    private static let wrong = [
        "OTEL_EXPORTER_OTLP_ENDPOINT": "c:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "10s", "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION": "zstd",
        "OTEL_EXPORTER_OTLP_HEADERS": "secret", "OTEL_RESOURCE_ATTRIBUTES": "=x",
    ]

    @Test func allFaultsAtOnce() {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(Self.wrong) }
        let faults = error?.faults.map(\.description) ?? []
        let expected = [
            #"OTEL_EXPORTER_OTLP_ENDPOINT is "c:4318", expected a URL"#,
            #"OTEL_EXPORTER_OTLP_PROTOCOL is "grpc", expected http/protobuf or http/json"#,
            #"OTEL_EXPORTER_OTLP_METRICS_COMPRESSION is "zstd", expected gzip or none"#,
            #"OTEL_EXPORTER_OTLP_TIMEOUT is "10s", expected a number of milliseconds"#,
            #"OTEL_EXPORTER_OTLP_HEADERS is "***", expected a list"#,
            #"OTEL_RESOURCE_ATTRIBUTES is "=x", expected a list"#,
        ]
        #expect(faults.count == expected.count)
        for (fault, start) in zip(faults, expected) { #expect(fault.hasPrefix(start), "\(fault)") }
    }

    @Test(arguments: [MetricDestination.cloudwatch, .emf])
    private func othersDoNotReadThem(destination: MetricDestination) throws {
        #expect(try Self.read(Self.wrong, destination) == OTLPSettings())
    }
}
