import AWS
import Basics
import Experiments
import JSON
import TestSupport
import Testing
import Transport

@testable import ChaosActivities

/// Load is sent as planned, and what it measures tells of the service, not of the generator.
struct LoadGeneratorTests {
    private static let function = "resiliencyvr.load.actions.load_generate"

    private static func plan(_ arguments: JSONObject, configuration: JSONObject = [:]) throws -> LoadPlan {
        let native = try Native(function, .object(arguments), at: "http://127.0.0.1:1", configuration: configuration)
        return try LoadPlan(native.invocation)
    }

    /// A service that takes so long for its nth request, on a clock that steps.
    private struct Service: HTTPExecuting {
        let clock: SteppingClock
        let count = Locked(0)
        let latency: @Sendable (Int) -> Duration

        func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
            let number = count.withLock { count in
                count += 1
                return count
            }
            try await clock.source.sleep(latency(number))
            return HTTPResponse(status: number % 10 == 0 ? 503 : 200, headers: [:], body: [])
        }
    }

    /// Sends a load on a clock that steps.
    private static func run(
        _ arguments: JSONObject, deadline: Duration = .seconds(3_600), _ latency: @escaping @Sendable (Int) -> Duration
    ) async throws -> LoadResult {
        let loop = try Network.loop.get()
        let clock = SteppingClock(Timestamp(secondsSinceEpoch: 1_800_000_000), executor: loop)
        let plan = try plan(arguments)
        return try await loop.hop {
            try await LoadGenerator(
                plan: plan, http: Service(clock: clock, latency: latency), time: clock.source,
                deadline: clock.now + deadline
            ).run()
        }
    }

    @Test("a rate is kept however slow the answers are, and the requests that a pause held up count with their wait")
    func rate() async throws {
        // Every answer takes 10 ms, but those of the first second come only at its end.
        let result = try await Self.run(["url": "http://a/", "rate": 100, "duration": 10]) {
            $0 <= 100 ? .seconds(1) - .milliseconds(10) * ($0 - 1) : .milliseconds(10)
        }
        #expect(result.latencies.count == 1_000)
        #expect(result.latencies.maximum == .seconds(1))
        #expect(result.latencies.minimum == .milliseconds(10))
        // 900 of 1,000 took 10 ms, the others up to a second.
        #expect(result.latencies.percentile(90) < .milliseconds(11))
        #expect(result.latencies.percentile(95) > .milliseconds(500))
        #expect(result.output["rate"]?.doubleValue.map { Int($0.rounded()) } == 100)
        #expect(result.errors == ["503": 100])
    }

    @Test(
        "when more requests are held up than may be open, the others' latencies count from when they should have begun")
    func heldUp() async throws {
        // A thousand are open for 10 s; the other thousand begins then.
        let result = try await Self.run(["url": "http://a/", "rate": 1_000, "count": 2_000]) {
            $0 <= 1_000 ? .seconds(10) : .zero
        }
        #expect(result.latencies.count == 2_000)
        #expect(result.latencies.minimum > .seconds(8))
    }

    @Test("a concurrency sends the next request when one has ended", arguments: [(1, 10), (5, 2), (10, 1), (50, 1)])
    func concurrency(number: Int, seconds: Int) async throws {
        let result = try await Self.run(["url": "http://a/", "concurrency": JSONValue(number), "count": 10]) { _ in
            .seconds(1)
        }
        #expect(result.latencies.count == 10)
        #expect(result.duration == .seconds(seconds))
        #expect(result.latencies.maximum == .seconds(1))
        #expect(result.output["concurrency"] == JSONValue(number))
    }

    @Test("no request begins after the time of the run, and what was not sent is told")
    func deadline() async throws {
        let result = try await Self.run(
            ["url": "http://a/", "concurrency": 2, "count": 100], deadline: .seconds(5)
        ) { _ in .seconds(1) }
        #expect(result.latencies.count == 10)
        #expect(result.output["unsent"] == 90)
    }

    @Test("a load on a real server: method, headers and body are sent, and failures are counted by kind")
    func server() async throws {
        let server = try ScriptedServer { request in
            request.method == "POST" && request["X-Test"] == "1" && request.text == #"{"a":1}"#
                ? .http(201) : .http(400)
        }
        let native = try Native(
            Self.function,
            [
                "url": .string(server.url), "count": 30, "concurrency": 3, "method": "post", "headers": ["X-Test": 1],
                "body": ["a": 1],
            ], at: "http://127.0.0.1:1")
        let (targets, output) = try await native.run()
        #expect(targets.isEmpty)
        #expect(output["statuses"] == ["201": 30])
        #expect(output["error_count"] == 0)
        #expect(output["requests"] == 30)
        let latency = try #require(output["latency"]?.objectValue)
        #expect(latency.keys == ["min", "mean", "max", "p50", "p75", "p90", "p95", "p99", "p99.9"])
        let (middle, top) = (latency["p50"]?.doubleValue ?? 0, latency["p99.9"]?.doubleValue ?? 0)
        #expect(middle > 0)
        #expect(top >= middle)
    }

    @Test("the demo's load goes to a host, and its result has the original's members")
    func demo() async throws {
        let server = try ScriptedServer { _ in .http(500) }
        let host = server.url.replacing("http://", with: "")
        let native = try Native(
            "resiliencyvr.load.actions.load_generate_demo",
            ["target": .string(host), "intensity": 50, "load_duration": "200ms"], at: "http://127.0.0.1:1")
        let output = try await native.run().output
        #expect(output["error_count"] == 10)
        #expect(output["errors"] == ["500": 10])
        #expect(Set(output["response_time"]?.objectValue?.keys ?? []) == ["avg", "max", "min"])
    }

    @Test("nobody listens: each request fails, and the load does not")
    func refusedConnections() async throws {
        let native = try Native(
            Self.function, ["load": "http://127.0.0.1:1/", "count": 5], at: "http://127.0.0.1:1")
        let output = try await native.run().output
        #expect(output["errors"] == ["connection refused": 5])
        #expect(output["statuses"] == [:])
    }

    @Test("what load means: a URL, or an entry of the configuration behind the arguments")
    func named() throws {
        let loads: JSONObject = [
            "loads": ["shop": ["url": "http://shop/", "rate": 5, "duration": "1m", "count": 7]]
        ]
        #expect(try Self.plan(["load": "http://a/b"]).request.url == "http://a/b")
        let shop = try Self.plan(["load": "shop"], configuration: loads)
        #expect(shop.request.url == "http://shop/")
        #expect(shop.pace == .rate(5))
        #expect(shop.end == .duration(.seconds(60)))
        #expect(try Self.plan(["load": "shop", "duration": 3], configuration: loads).end == .duration(.seconds(3)))
        #expect(try Self.plan(["count": 1_000], configuration: ["load_url": "http://c/"]).request.url == "http://c/")
        #expect(try Self.plan(["url": "http://a/"]).end == .count(100))
        #expect(try Self.plan(["url": "http://a/"]).pace == .concurrency(10))
    }

    @Test(
        "the answers of all open requests fit into memory together",
        arguments: [
            (["concurrency": 1], 64 << 20), (["concurrency": 1_000], 67_108), (["rate": 1], 67_108),
        ] as [(JSONObject, Int)])
    func bodyLimit(arguments: JSONObject, bytes: Int) throws {
        var all = arguments
        all["url"] = "http://a/"
        let request = try Self.plan(all).request
        #expect(request.maximumResponseBytes == bytes)
        #expect(request.cutsOffBody)
    }

    @Test(
        "what cannot be sent is refused",
        arguments: [
            ([:], "give url, a URL as load, or load_url in the configuration"),
            (["load": "shop"], "is no URL and no entry of loads"),
            (["url": "ftp://a/"], "the URL of the load cannot be used"),
            (["url": "http://a/", "rate": 0], "rate is 0, expected"),
            (["url": "http://a/", "rate": 10_001], "up to 10000"),
            (["url": "http://a/", "rate": 1, "concurrency": 1], "not both"),
            (["url": "http://a/", "concurrency": 1_001], "from 1 to 1000"),
            (["url": "http://a/", "count": 0], "count is 0"),
            (["url": "http://a/", "duration": "long"], "duration is long, expected seconds"),
        ] as [(JSONObject, String)])
    func refused(arguments: JSONObject, message: String) {
        let error = #expect(throws: ExperimentError.self) { try Self.plan(arguments) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("a load that does not end before the run is not begun", arguments: [("59", true), ("60", false)])
    func fits(duration: String, isBegun: Bool) async throws {
        let clock = TestClock()
        let native = try Native(
            Self.function, ["url": "http://127.0.0.1:1/", "rate": 0.01, "duration": .string(duration)],
            at: "http://127.0.0.1:1", time: clock.source, deadline: clock.now + .seconds(60))
        if isBegun {
            #expect(try await native.run().output["requests"] == 1)
        } else {
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(error?.message.contains("shorten it") == true)
        }
    }
}
