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
        let aws = try AWSConfiguration(
            environment: awsVariables(at: server.url), http: HTTPClient(loop: loop),
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
        let result = try await output(server).write([data], until: Self.end)
        #expect(result.batches == [.init()])
        #expect(server.requests.count == 8)
        #expect(try Set(services(server.requests)).count == 7_500)
    }

    @Test func refusedDataAreNamedByTheirPositions() async throws {
        let server = try ScriptedServer { request in
            request.text.contains("bad") ? Self.refusal("InvalidParameterValue") : Self.accepted
        }
        let data = (0..<3_000).map { MetricDatum.sample(service: [17, 2_999].contains($0) ? "bad" : "s\($0)") }
        let result = try await output(server).write([data], until: Self.end)
        #expect(result.batches[0].refused.keys.sorted() == [17, 2_999])
        #expect(result.batches[0].refused[17] == "CloudWatch refused it: no")
        #expect(result.batches[0].unwritten.isEmpty)
        let written = try services(server.requests.filter { !$0.text.contains("bad") })
        #expect(written.count == 2_998)
        #expect(Set(written).count == 2_998)
    }

    /// The second of two batches has a bad datum.
    ///
    /// CloudWatch accepts the first batch and then throttles.
    @Test func onlyWhatWasNotWrittenCountsAsUnwritten() async throws {
        let server = try ScriptedServer { request in
            if request.text.contains("bad") { return Self.refusal("InvalidParameterValue") }
            return request.text.contains("\"a0\"") ? Self.accepted : Self.refusal("Throttling")
        }
        let batches = [["a0", "a1", "a2"], ["b0", "bad"]].map { $0.map { MetricDatum.sample(service: $0) } }
        let result = try await output(server).write(batches, until: Self.end)
        #expect((result.failure as? AWSError)?.code == "Throttling")
        #expect(result.batches[0] == .init())
        #expect(result.batches[1].unwritten == [0, 1])
        #expect(result.batches[1].refused.isEmpty)
    }

    @Test func aBatchStaysInOneRequest() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        let batches = (0..<4).map { batch in (0..<300).map { MetricDatum.sample(service: "s\(batch)-\($0)") } }
        #expect(try await output(server).write(batches, until: Self.end).failure == nil)
        #expect(try server.requests.map { try services([$0]).count }.sorted() == [300, 900])
    }

    @Test func afterAFailureOnlyStartedRequestsAreFinished() async throws {
        let server = try ScriptedServer { request in
            request.text.contains("\"s0\"") ? Self.refusal("AccessDenied") : Self.accepted
        }
        let data = (0..<50_000).map { MetricDatum.sample(service: "s\($0)") }
        let result = try await output(server).write([data], until: Self.end)
        #expect((result.failure as? AWSError)?.code == "AccessDenied")
        #expect(server.requests.count < 50)
        let accepted = server.requests.filter { !$0.text.contains("\"s0\"") }
        let written = data.indices.filter { !result.batches[0].unwritten.contains($0) }
        #expect(try Set(services(accepted)) == Set(written.map { "s\($0)" }))
    }

    @Test func nothingToWrite() async throws {
        let server = try ScriptedServer { _ in Self.accepted }
        #expect(try await output(server).write([], until: Self.end).batches.isEmpty)
        #expect(try await output(server).write([[], []], until: Self.end).batches == [.init(), .init()])
        #expect(server.requests.isEmpty)
    }
}
