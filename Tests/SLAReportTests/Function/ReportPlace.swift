import AWS
import Basics
import FunctionRuntime
import JSON
import Logging
import TestSupport
import Transport

@testable import SLAReport

/// The reporter in this process, with an AWS of its own: moto, or a script.
final class ReportPlace: Sendable {
    private static let loop = Result { try EventLoop.onOwnThread() }

    let url: String
    let variables: [String: String]
    /// Moves by hand only.
    let clock = TestClock(Timestamp(iso8601: "2026-11-29T12:00:30Z") ?? .now())
    private let moto: MotoServer?

    /// A place in moto, with the bucket `reports`.
    static func inMoto(_ variables: [String: String] = [:]) async throws -> ReportPlace {
        let moto = try MotoServer()
        let place = ReportPlace(at: moto.url, moto: moto, variables)
        try await place.call(
            .s3, "CreateBucket",
            ["Bucket": "reports", "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
        return place
    }

    init(at url: String, moto: MotoServer? = nil, _ variables: [String: String] = [:]) {
        (self.url, self.moto) = (url, moto)
        self.variables = awsVariables(at: url).merging([
            "REPORTS_S3_BUCKET_NAME": "reports", "AWS_MAX_ATTEMPTS": "2",
        ]) { $1 }.merging(variables) { $1 }
    }

    deinit { moto?.stop() }

    /// Runs a body on the loop, with a configuration whose waits take no time.
    func run<R: Sendable>(_ body: @escaping @Sendable (AWSConfiguration) async throws -> R) async throws -> R {
        let loop = try Self.loop.get()
        let (variables, clock) = (variables, clock)
        return try await withTaskExecutorPreference(loop) {
            let http = HTTPClient(loop: loop, configuration: HTTPClientConfiguration(environment: variables))
            let aws = try AWSConfiguration(environment: variables, http: http, time: clock.source, executor: loop)
            return try await body(aws)
        }
    }

    /// Calls the AWS of the place.
    @discardableResult
    func call(_ service: AWSService, _ operation: String, _ input: JSONValue = [:]) async throws -> JSONValue {
        try await run { try await AWSClient(service, configuration: $0).call(operation, input) }
    }

    /// Invokes the function.
    func invoke(_ event: JSONValue, _ more: [String: String] = [:]) async throws -> JSONValue {
        let (variables, clock) = (variables.merging(more) { $1 }, clock)
        return try await run { aws in
            let function = try SLAReporter(variables, time: clock.source) { aws }
            let context = InvocationContext(
                requestID: "request-1", deadline: clock.now + .seconds(60),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let response = try await function.handle(Array(event.description.utf8), context)
            guard case .bytes(let bytes) = response.body else { return nil }
            return try JSONValue(parsing: bytes)
        }
    }

    /// Writes results of `metric-writer`, one a minute until the clock's minute.
    /// - Parameter results: true for a good one, nil for a minute without one; the last is the newest.
    func putResults(
        _ service: String, _ results: [Bool?], seconds: Double = 2, region: String = "eu-central-1"
    ) async throws {
        let end = clock.now.microseconds / 60_000_000
        var data: [JSONValue] = []
        for (index, result) in results.enumerated() {
            guard let result else { continue }
            let time = Timestamp(microseconds: (end - Int64(results.count - index)) * 60_000_000).iso8601
            for (name, value) in [
                ("integration-sla-success", result ? 1.0 : 0), ("integration-sla-attempts", 1),
                ("sla-test-duration-secs", seconds),
            ] {
                data.append([
                    "MetricName": .string(name), "Timestamp": .string(time), "Value": .double(value), "Unit": "Count",
                    "Dimensions": [
                        ["Name": "Region", "Value": .string(region)], ["Name": "Service", "Value": .string(service)],
                    ],
                ])
            }
        }
        try await put(data, "SLA-Monitor")
    }

    /// Writes results of `uptime-checker`, one a minute until the clock's minute.
    func putChecks(
        _ name: String, group: String? = nil, _ results: [Bool], milliseconds: Double = 250,
        labels: [String: String] = [:], certificateDays: Double? = nil, region: String = "eu-central-1"
    ) async throws {
        let end = clock.now.microseconds / 60_000_000
        var dimensions: [JSONValue] = [["Name": "name", "Value": .string(name)]]
        if let group { dimensions.append(["Name": "group", "Value": .string(group)]) }
        dimensions.append(["Name": "region", "Value": .string(region)])
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
            dimensions.append(["Name": .string(name), "Value": .string(value)])
        }
        var data: [JSONValue] = []
        for (index, result) in results.enumerated() {
            let time = Timestamp(microseconds: (end - Int64(results.count - index)) * 60_000_000).iso8601
            var values = [("success", result ? 1.0 : 0), ("response-time", milliseconds)]
            if let certificateDays { values.append(("certificate-days", certificateDays)) }
            for (name, value) in values {
                data.append([
                    "MetricName": .string(name), "Timestamp": .string(time), "Value": .double(value),
                    "Dimensions": .array(dimensions),
                ])
            }
        }
        try await put(data, "Monitoring/Uptime")
    }

    private func put(_ data: [JSONValue], _ namespace: String) async throws {
        var rest = data[...]
        while !rest.isEmpty {
            try await call(
                .cloudWatch, "PutMetricData",
                ["Namespace": .string(namespace), "MetricData": .array(Array(rest.prefix(500)))])
            rest = rest.dropFirst(500)
        }
    }

    /// The keys of the bucket.
    func keys() async throws -> [String] {
        let output = try await call(.s3, "ListObjectsV2", ["Bucket": "reports"])
        return (output["Contents"]?.arrayValue ?? []).compactMap { $0["Key"]?.stringValue }
    }

    /// The text of an object.
    func text(_ key: String) async throws -> String {
        try await run { aws in
            let client = try AWSClient(.s3, configuration: aws)
            let result = try await client.send("GetObject", ["Bucket": "reports", "Key": .string(key)])
            return String(decoding: result.body, as: UTF8.self)
        }
    }
}
