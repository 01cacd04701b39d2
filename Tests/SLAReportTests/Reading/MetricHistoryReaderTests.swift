import AWS
import Basics
import JSON
import ServiceHistory
import TestSupport
import Testing

@testable import SLAReport

/// Reading from moto, which computes statistics by itself.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized, .timeLimit(.minutes(3)))
struct MetricHistoryReaderTests {
    @Test("results of tests and checks by the minute: sums, counts, durations, regions, labels and gaps")
    func values() async throws {
        let place = try await ReportPlace.inMoto()
        try await place.putResults("shop", [true, true, nil, false, true])
        try await place.putResults("shop", [true, false], seconds: 8, region: "us-east-1")
        try await place.putChecks("api", group: "web", [true, false, true])
        try await place.putChecks("api", group: "web", [true], milliseconds: 750, labels: ["team": "a"])
        let end = place.clock.now
        let outcome = try await place.run { aws in
            let client = try AWSClient(.cloudWatch, configuration: aws)
            let namespaces = MetricNamespaces(tests: "SLA-Monitor", checks: "Monitoring/Uptime")
            let services = try await ServiceDiscovery(client: client, namespaces: namespaces, deadline: nil)
                .services { _ in }
            #expect(services.map(\.fullName) == ["shop", "web/api"])
            let reader = MetricHistoryReader(client: client, namespaces: namespaces, deadline: nil)
            let resolution = HistoryResolution(services: 2, days: 1, minutes: 86_400, end: end)
            return try await reader.read(services, resolution) { _ in }
        }
        #expect(outcome.unread.isEmpty)
        let shop = outcome.points[0]
        #expect(shop.map(\.attempts) == [1, 1, 2, 2])
        #expect(shop.map(\.successes) == [1, 1, 1, 1])
        #expect(shop.map { (end - $0.start).components.seconds / 60 } == [5, 4, 2, 1])
        #expect(shop[3].seconds == 5)
        #expect(shop[3].maximumSeconds == 8)
        #expect(shop[3].length == .seconds(60))
        let api = outcome.points[1]
        #expect(api.map(\.attempts) == [1, 1, 2])
        #expect(api.map(\.successes) == [1, 0, 2])
        #expect(api.map(\.seconds) == [0.25, 0.25, 0.5])
    }

    @Test("a span of hours has the sums of its hours, and durations of six hours")
    func hours() async throws {
        let place = try await ReportPlace.inMoto()
        // 12:00:30 is the end, so that 61 minutes are those of two hours.
        try await place.putResults("shop", [false] + [Bool?](repeating: true, count: 60))
        let points = try await place.run { aws in
            let client = try AWSClient(.cloudWatch, configuration: aws)
            let reader = MetricHistoryReader(
                client: client, namespaces: MetricNamespaces(tests: "SLA-Monitor"), deadline: nil)
            let noon = 1_795_953_600
            let span = HistoryResolution.Span(range: noon - 21_600..<noon, period: 3_600, timingPeriod: 21_600)
            let service = MeasuredService(
                name: "shop", group: nil, kind: .test,
                series: [[.init(name: "Region", value: "eu-central-1"), .init(name: "Service", value: "shop")]])
            return try await reader.read([service], HistoryResolution(spans: [span])) { _ in }.points[0]
        }
        #expect(points.map(\.attempts) == [1, 60])
        #expect(points.map(\.successes) == [0, 60])
        #expect(points.map(\.seconds) == [2, 2])
        #expect(points.map { $0.start.iso8601 } == ["2026-11-29T10:00:00Z", "2026-11-29T11:00:00Z"])
    }
}

/// Reading from a CloudWatch that answers as it does on bad days.
@Suite(.timeLimit(.minutes(1))) struct MetricReaderFaultTests {
    private static let noon = 1_795_953_600

    private func read(_ names: [String], _ server: ScriptedServer) async throws -> MetricHistoryReader.Outcome {
        try await ReportPlace(at: server.url).run { aws in
            let reader = MetricHistoryReader(
                client: try AWSClient(.cloudWatch, configuration: aws), namespaces: MetricNamespaces(tests: "T"),
                deadline: nil)
            let span = HistoryResolution.Span(range: Self.noon..<Self.noon + 120, period: 60, timingPeriod: 60)
            let services = names.map {
                MeasuredService(
                    name: $0, group: nil, kind: .test, series: [[MetricDimension(name: "Service", value: $0)]])
            }
            return try await reader.read(services, HistoryResolution(spans: [span])) { _ in }
        }
    }

    private static func result(_ id: String, _ values: [Double], _ status: String = "Complete") -> JSONValue {
        [
            "Id": .string(id), "Label": "x", "StatusCode": .string(status),
            "Timestamps": .array(values.indices.map { .init(noon + $0 * 60) }),
            "Values": .array(values.map { .double($0) }),
        ]
    }

    private static func reply(_ results: [JSONValue], token: String? = nil, messages: [JSONValue] = []) -> Reply {
        var body: JSONObject = ["MetricDataResults": .array(results), "Messages": .array(messages)]
        body["NextToken"] = token.map { .string($0) }
        return .http(
            200, headers: [("Content-Type", "application/x-amz-json-1.0")],
            body: JSONValue.object(body).serialized())
    }

    /// The ids and the token of a request.
    private static func asked(_ request: ServerRequest) throws -> (ids: [String], token: String?) {
        let body = try JSONValue(parsing: request.body)
        return (
            (body["MetricDataQueries"]?.arrayValue ?? []).compactMap { $0["Id"]?.stringValue },
            body["NextToken"]?.stringValue
        )
    }

    @Test("partial data on the first page is whole after the last one")
    func pages() async throws {
        let server = try ScriptedServer(replies: [
            Self.reply(
                [Self.result("q0", [1, 1]), Self.result("q1", [1], "PartialData")], token: "more"),
            Self.reply([
                ["Id": "q1", "StatusCode": "Complete", "Timestamps": [.init(Self.noon + 60)], "Values": [0.0]],
                Self.result("q2", [2, 3]), Self.result("q3", [2, 3]),
            ]),
        ])
        let outcome = try await read(["shop"], server)
        #expect(outcome.unread.isEmpty)
        #expect(outcome.calls == 2)
        #expect(outcome.points[0].map(\.successes) == [1, 0])
        #expect(outcome.points[0].map(\.seconds) == [2, 3])
        #expect(try Self.asked(server.requests[1]).token == "more")
    }

    @Test("an internal error of one query is asked again, alone", arguments: [true, false])
    func internalError(recovers: Bool) async throws {
        let server = try ScriptedServer(replies: [
            Self.reply(
                [
                    Self.result("q0", [1, 1]), Self.result("q1", [], "InternalError"), Self.result("q2", []),
                    Self.result("q3", []), Self.result("q4", [1, 1]), Self.result("q5", [1, 1]),
                    Self.result("q6", []), Self.result("q7", []),
                ], messages: [["Code": "InternalError", "Value": "try later"]]),
            Self.reply([Self.result("q0", recovers ? [1, 0] : [], recovers ? "Complete" : "InternalError")]),
        ])
        let outcome = try await read(["shop", "web"], server)
        #expect(try Self.asked(server.requests[1]).ids == ["q0"])
        #expect(outcome.points[0].map(\.successes) == (recovers ? [1, 0] : []))
        #expect(outcome.points[1].map(\.successes) == [1, 1])
        #expect(outcome.unread.keys.sorted() == (recovers ? [] : [0]))
        if !recovers { #expect(outcome.unread[0]?.first?.reason.contains("InternalError") == true) }
    }

    @Test("a query without an answer, and one whose data stay partial, are unread and not without data")
    func missing() async throws {
        let reply = Self.reply([
            Self.result("q0", [1, 1]), Self.result("q2", []), Self.result("q3", []),
            Self.result("q1", [1], "PartialData"),
        ])
        let again = Self.reply([Self.result("q0", [1], "PartialData")])
        let outcome = try await read(["shop"], try ScriptedServer(replies: [reply, again]))
        #expect(outcome.unread[0]?.count == 1)
        #expect(outcome.unread[0]?.first?.reason.contains("PartialData") == true)
        #expect(outcome.points[0].count == 1)
    }

    @Test("throttled beyond all attempts: the service is unread; denied: the reading ends")
    func refused() async throws {
        let throttled = try ScriptedServer { _ in
            .http(400, body: #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#)
        }
        let outcome = try await read(["shop"], throttled)
        #expect(outcome.unread[0]?.first?.reason.contains("Rate exceeded") == true)
        #expect(throttled.requests.count == 2)
        let denied = try ScriptedServer { _ in
            .http(400, body: #"{"__type":"AccessDenied","message":"not allowed"}"#)
        }
        await #expect(throws: AWSError.self) { _ = try await read(["shop"], denied) }
    }

    @Test("times as text are read, those outside of the span are not")
    func times() async throws {
        let texts: [JSONValue] = ["2026-11-29T12:01:00Z", "2026-11-29T11:59:00Z", "2026-11-29T12:02:00Z"]
        let results = (0..<4).map { query -> JSONValue in
            [
                "Id": .string("q\(query)"), "StatusCode": "Complete", "Timestamps": .array(texts),
                "Values": [3, 1, 1.5],
            ]
        }
        let outcome = try await read(["shop"], try ScriptedServer(replies: [Self.reply(results)]))
        #expect(outcome.unread.isEmpty)
        #expect(outcome.points[0].map(\.start.iso8601) == ["2026-11-29T12:01:00Z"])
        #expect(outcome.points[0].map(\.attempts) == [3])
    }

    @Test(
        "an answer that does not fit is unread, and not without data",
        arguments: [#"{"MetricDataResults": [{"Id": "q0", "Timestamps": ["noon"], "Values": [1]}]}"#, "{", "[]"])
    func unfitting(body: String) async throws {
        let server = try ScriptedServer { _ in .http(200, body: body) }
        let outcome = try await read(["shop"], server)
        #expect(outcome.points[0].isEmpty)
        #expect(outcome.unread[0]?.first?.reason.contains("not as expected") == true)
    }

    @Test(
        "of days of certificates the newest counts; what is missing is told", arguments: ["Complete", "InternalError"])
    func certificates(status: String) async throws {
        let server = try ScriptedServer(replies: [
            Self.reply([Self.result("q0", [14, 13.5]), Self.result("q1", [-0.5], status), Self.result("q2", [])])
        ])
        let found = try await ReportPlace(at: server.url).run { aws in
            let reader = MetricHistoryReader(
                client: try AWSClient(.cloudWatch, configuration: aws), namespaces: MetricNamespaces(checks: "C"),
                deadline: nil)
            let services = [("test", ServiceHistory.Kind.test), ("a", .check), ("b", .check), ("c", .check)].map {
                MeasuredService(name: $0, group: nil, kind: $1, series: [[MetricDimension(name: "name", value: $0)]])
            }
            return try await reader.certificates(of: services, at: Timestamp(microseconds: 1_795_953_600_000_000))
        }
        #expect(found.days == [1: 13, 2: -1])
        #expect(found.calls == 1)
        #expect((found.fault == nil) == (status == "Complete"))
    }

    @Test("a token that repeats would never end")
    func repeatedToken() async throws {
        let server = try ScriptedServer { _ in Self.reply([], token: "again") }
        let outcome = try await read(["shop"], server)
        #expect(outcome.unread[0]?.first?.reason.contains("page token") == true)
        #expect(server.requests.count == 2)
    }
}
