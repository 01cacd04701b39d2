import AWS
import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import CloudWatchMetrics

/// The output with the real AWS client against a scripted CloudWatch.
@Suite(.timeLimit(.minutes(1))) struct CloudWatchOutputTests {
    private static let loop = Result { try EventLoop.onOwnThread() }

    private func output(_ server: ScriptedServer) throws -> CloudWatchOutput {
        let loop = try Self.loop.get()
        let environment = [
            "AWS_ENDPOINT_URL": server.url, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_DISABLE_REQUEST_COMPRESSION": "true",
        ]
        let aws = try AWSConfiguration(
            environment: environment, http: HTTPClient(loop: loop),
            time: TimeSource(now: { testTime }, sleep: { _ in }, random: { 0 })
        )
        return try CloudWatchOutput(namespace: "n", aws: aws)
    }

    private func services(_ requests: [ServerRequest]) throws -> [String] {
        try requests.flatMap { request in
            (try JSONValue(parsing: request.body)["MetricData"]?.arrayValue ?? [])
                .compactMap { $0["Dimensions"]?[1]?["Value"]?.stringValue }
        }
    }

    private static let end = testTime + .seconds(10)
    private static let accepted = Reply.http(200, body: "{}")
    private static func refusal(_ code: String) -> Reply {
        .http(
            400, headers: [("Content-Type", "application/x-amz-json-1.0")],
            body: #"{"__type":"\#(code)","message":"no"}"#)
    }

    @Test func manyDataGoInFullRequests() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let data = (0..<7_500).map { MetricDatum.sample(service: "s\($0)") }
        #expect(try await output(server).write(data, until: Self.end).isEmpty)
        #expect(server.requests.count == 8)
        #expect(try Set(services(server.requests)).count == 7_500)
    }

    @Test func refusedDataAreNamedByTheirPositions() async throws {
        let server = try ScriptedServer { request in
            request.text.contains("bad") ? Self.refusal("InvalidParameterValue") : Self.accepted
        }
        let data = (0..<3_000).map { MetricDatum.sample(service: [17, 2_999].contains($0) ? "bad" : "s\($0)") }
        let refused = try await output(server).write(data, until: Self.end)
        #expect(refused.keys.sorted() == [17, 2_999])
        #expect(refused[17] == "CloudWatch refused it: no")
        let written = try services(server.requests.filter { !$0.text.contains("bad") })
        #expect(written.count == 2_998 && Set(written).count == 2_998)
    }

    @Test func afterAFailureOnlyWhatIsUnderWayIsFinished() async throws {
        let server = try ScriptedServer { request in
            request.text.contains("\"s0\"") ? Self.refusal("AccessDenied") : Self.accepted
        }
        let data = (0..<50_000).map { MetricDatum.sample(service: "s\($0)") }
        let error = await #expect(throws: AWSError.self) { try await output(server).write(data, until: Self.end) }
        #expect(error?.code == "AccessDenied")
        #expect(server.requests.count < 50)
    }

    @Test func nothingToWrite() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        #expect(try await output(server).write([], until: Self.end).isEmpty)
        #expect(server.requests.isEmpty)
    }
}
