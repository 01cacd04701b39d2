import Basics
import Events
import JSON
import Testing

@testable import UptimeChecker

@Suite struct DueTimesTests {
    /// In which of the runs, by their seconds, an endpoint with an interval is checked.
    private func checks(every interval: Duration, at runs: [Double]) throws -> [Double] {
        var endpoint = try Endpoint.sample("a", group: "g")
        endpoint.interval = interval
        let due = DueTimes()
        let result = try CheckResult.sample("a", .up)
        return runs.filter { second in
            let isDue = !due.due(among: [endpoint], at: runTime + .seconds(second)).isEmpty
            if isDue { due.record([result], at: runTime + .seconds(second)) }
            return isDue
        }
    }

    @Test(arguments: [
        (Duration.seconds(60), [0, 60, 120, 180.0], [0, 60, 120, 180.0]),
        (.seconds(60), [0, 59.2, 121, 180.4], [0, 59.2, 121, 180.4]),
        (.seconds(30), [0, 60, 120], [0, 60, 120]),
        (.seconds(300), [0, 60, 120, 180, 240, 299.5, 360, 420, 480, 540, 600], [0, 299.5, 600]),
        (.seconds(300), [0, 300, 600], [0, 300, 600]),
        (.seconds(3_600), [0, 3_569, 3_570, 7_200], [0, 3_570, 7_200]),
        (.seconds(10), [0, 4, 8, 12, 16], [0, 8, 16]),
        (.seconds(60), [100, 0], [100, 0]),  // a clock that was put back
    ])
    func whenItsIntervalIsOver(interval: Duration, runs: [Double], expected: [Double]) throws {
        #expect(try checks(every: interval, at: runs) == expected)
    }

    @Test func anEndpointWithoutAnAttemptStaysDue() throws {
        let endpoints = [try Endpoint.sample("a", group: "g"), try Endpoint.sample("b", group: "g")]
        let due = DueTimes()
        due.record([try .sample("a", .up), try .sample("b", .timedOut)], at: runTime)
        #expect(due.due(among: endpoints, at: runTime + .seconds(1)).map(\.name) == ["b"])
    }

    /// A run whose results were lost records nothing.
    @Test func anEndpointIsDueUntilItsResultIsRecorded() throws {
        let endpoint = try Endpoint.sample("a", group: "g")
        let due = DueTimes()
        for second in 0..<3 {
            #expect(due.due(among: [endpoint], at: runTime + .seconds(second)).map(\.name) == ["a"])
        }
        due.record([try .sample("a", .up)], at: runTime)
        #expect(due.due(among: [endpoint], at: runTime + .seconds(3)).isEmpty)
    }

    @Test func eachEndpointHasItsInterval() throws {
        var (slow, quick) = (try Endpoint.sample("slow", group: "g"), try Endpoint.sample("quick", group: "g"))
        (slow.interval, quick.interval) = (.seconds(600), .seconds(60))
        let due = DueTimes()
        due.record([try .sample("slow", .up), try .sample("quick", .up)], at: runTime)
        #expect(due.due(among: [slow, quick], at: runTime + .seconds(60)).map(\.name) == ["quick"])
    }
}

@Suite struct RunRequestTests {
    private func request(_ text: String) throws(UptimeCheckerError) -> RunRequest {
        try RunRequest(IncomingEvent(parsing: Array(text.utf8), requestID: "r", receivedAt: runTime))
    }

    @Test(arguments: [
        ("", RunRequest.due), ("{}", .due), ("null", .due), (#"{"source":"aws.events","detail":{}}"#, .due),
        (#"{"endpoints":["a","g/b"]}"#, .named(["a", "g/b"])), (#"{"endpoints":[]}"#, .named([])),
        (#"{"Records":[{"Sns":{"MessageId":"m","Message":"{\"endpoints\":[\"a\"]}"}}]}"#, .named(["a"])),
        (#"[{"endpoints":["a"]},{},{"endpoints":["b"]}]"#, .named(["a", "b"])),
    ])
    func events(text: String, request: RunRequest) throws {
        #expect(try self.request(text) == request)
    }

    @Test(arguments: [#"{"endpoints":"a"}"#, #"{"endpoints":[1]}"#, #"{"endpoints":null}"#, "{"])
    func wrongEvents(text: String) {
        let error = #expect(throws: UptimeCheckerError.self) { try request(text) }
        #expect(error?.code == .wrongEvent)
    }

    @Test func endpointsByName() throws {
        var off = try Endpoint.sample("off")
        off.isEnabled = false
        let file = UptimeConfiguration(endpoints: [try .sample("a", group: "g"), try .sample("a"), off])
        #expect(try file.endpoints(named: []).map(\.displayName) == ["g/a", "a"])
        #expect(try file.endpoints(named: ["g/a"]).map(\.displayName) == ["g/a"])
        #expect(try file.endpoints(named: ["a"]).map(\.displayName) == ["g/a", "a"])
        #expect(try file.endpoints(named: ["g_a", "off"]).map(\.displayName) == ["g/a", "off"])
        let error = #expect(throws: UptimeCheckerError.self) { try file.endpoints(named: ["a", "z", "x"]) }
        #expect(error?.message == #"no endpoint is named "x", "z": give a name or group/name"#)
    }
}
