import Basics
import Experiments
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// The probes of a load's limit: on what was measured, and on what a service tells.
struct LoadProbeTests {
    private static let start = Timestamp(secondsSinceEpoch: 1_700_000_000)

    @Test(
        "requests that were slower than the limit, or failed, have missed it",
        arguments: [
            (0, 59, 10, 4), (0, 9, 5, 1), (10, 19, 5, 3), (60, 600, 0, 0), (-100, -1, 0, 0),
        ])
    func measured(from: Int, to: Int, requests: Int, missed: Int) {
        let measurements = LoadMeasurements()
        let latencies = [100, 200, 300, 400, 2_000, 100, 600, 700, 300, 200]
        for (number, latency) in latencies.enumerated() {
            measurements.add(
                start: Self.start + .seconds(number * 2), latency: .milliseconds(latency), hasFailed: number == 9)
        }
        let found = measurements.missed(
            .milliseconds(500), from: Self.start + .seconds(from), to: Self.start + .seconds(to))
        #expect(found.requests == requests)
        #expect(found.missed == missed)
    }

    @Test("only the last hours are kept")
    func bounded() {
        let measurements = LoadMeasurements()
        for number in 0..<2_000 {
            measurements.add(
                start: Self.start + .seconds(number * 10), latency: .seconds(1), hasFailed: false)
        }
        let all = measurements.missed(.zero, from: Self.start, to: Self.start + .seconds(20_000))
        #expect(all.requests == 1_440)
    }

    @Test(
        "the probe is true when fewer than the allowed share missed the limit",
        arguments: [(25.0, false), (25.1, true), (100, true), (0, false)])
    func probe(allowed: Double, passes: Bool) async throws {
        // A time of its own, since the measurements are those of the process.
        let start = Timestamp(secondsSinceEpoch: 1_600_000_000 + allowed * 10_000)
        for number in 0..<4 {
            LoadMeasurements.recent.add(start: start, latency: .milliseconds(number == 3 ? 300 : 200), hasFailed: false)
        }
        let text = String(start.iso8601(fractionDigits: 0).replacing("T", with: " ").dropLast())
        let native = try Native(
            "resiliencyvr.load.probes.load_probe_absolute",
            [
                "testday": "1", "teststart": .string(text), "testend": .string(text), "sla": "250",
                "missed_percent": .double(allowed),
            ], at: "http://127.0.0.1:1")
        #expect(try await native.run().output == .bool(passes))
    }

    @Test("without a load there is nothing to tell")
    func nothing() async throws {
        let clock = TestClock(Timestamp(secondsSinceEpoch: 1_000_000_000))
        let native = try Native(
            "resiliencyvr.load.probes.load_probe_relative",
            ["testday": "1", "minutes": 5, "sla": 1, "missed_percent": "5"], at: "http://127.0.0.1:1",
            time: clock.source)
        let error = await #expect(throws: ExperimentError.self) { try await native.run() }
        #expect(error?.message.contains("no load of this run had requests") == true)
    }

    @Test(
        "a service is asked as the original asks it: log in, prepare the day, statistics",
        arguments: [("4.9", true), ("5", false), ("many", nil)] as [(String, Bool?)])
    func service(missed: String, passes: Bool?) async throws {
        let bodies = Locked<[String]>([])
        let query = try ScriptedServer { request in
            bodies.withLock { $0.append("\(request["Cookie"] ?? "-") \(request.text)") }
            guard request.text.contains("get-stats") else {
                return .http(200, headers: [("Set-Cookie", "session=1; Path=/")], body: "{}")
            }
            let table = "total\tmissed_sla_percent\n1000\t\(missed)\n"
            return .http(
                200, body: JSONValue.object(["body": ["msg": [["data": .string(table)]]]]).serialized())
        }
        let aws = try ScriptedAWS(["GetParameter": [.json(["Parameter": ["Value": "p&w"]])]])
        let clock = TestClock()
        let native = try Native(
            "resiliencyvr.load.probes.load_probe_relative",
            ["testday": "2024-01-18", "minutes": 5, "sla": "2", "missed_percent": 5], at: aws.url,
            configuration: ["load_query_url": .string(query.url)], time: clock.source)
        if let passes {
            #expect(try await native.run().output == .bool(passes))
        } else {
            let error = await #expect(throws: ExperimentError.self) { try await native.run() }
            #expect(error?.message.contains("has no missed_sla_percent") == true)
        }
        let sent = bodies.withLock { $0 }
        #expect(sent.count == 3)
        #expect(sent.first == "- userName=query_username&password=p%26w")
        #expect(sent.dropFirst().first == #"session=1 {"name":"create-database","params":{"testday":"2024-01-18"}}"#)
        #expect(
            sent.last
                == #"session=1 {"name":"get-stats","params":{"sla":"2","teststart":"2027-01-15 07:55:00.000000","#
                + #""testend":"2027-01-15 08:00:00.000000"}}"#)
        #expect(try aws.inputs("GetParameter") == [["Name": "query_token", "WithDecryption": true]])
    }
}
