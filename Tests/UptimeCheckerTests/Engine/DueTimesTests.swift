import Basics
import Events
import JSON
import Testing

@testable import UptimeChecker

@Suite struct DueTimesTests {
    /// The names of the endpoints that are due some seconds after the first run.
    private static func due(_ due: DueTimes, _ endpoints: [Endpoint], at second: Int) -> [String] {
        due.due(among: CheckSelection(endpoints: endpoints), at: runTime + .seconds(second)).endpoints.map(\.name)
    }

    /// In which of the runs, by their seconds, an endpoint with an interval is checked.
    private func checks(every interval: Duration, at runs: [Double]) throws -> [Double] {
        var endpoint = try Endpoint.sample("a", group: "g")
        endpoint.interval = interval
        let due = DueTimes()
        let result = try CheckResult.sample("a", .up)
        return runs.filter { second in
            let isDue = due.due(among: CheckSelection(endpoints: [endpoint]), at: runTime + .seconds(second)).count == 1
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
        #expect(Self.due(due, endpoints, at: 1) == ["b"])
    }

    @Test("what a run had no time for comes first in the next, so that everything has its turn")
    func theLongestUncheckedComeFirst() throws {
        let names = ["a", "b", "c", "d", "e", "f"]
        let endpoints = try names.map { try Endpoint.sample($0, group: "g") }
        let due = DueTimes()
        // Each run has time for two.
        var order: [[String]] = []
        for run in 0..<4 {
            let selected = Self.due(due, endpoints, at: run * 60)
            order.append(selected)
            let results = try selected.enumerated().map { try CheckResult.sample($1, $0 < 2 ? .down : .timedOut) }
            due.record(results, at: runTime + .seconds(run * 60))
        }
        #expect(
            order == [
                names, ["c", "d", "e", "f", "a", "b"], ["e", "f", "a", "b", "c", "d"], names,
            ])
    }

    @Test func aSuiteIsDueWhenItsOwnIntervalIsOver() throws {
        let suite = Suite(name: "a", group: "g", interval: .seconds(600), steps: [try .sample("x")])
        let due = DueTimes()
        due.record([try .sample("a", .up)], at: runTime)
        for (second, count) in [(60, 0), (569, 0), (570, 1), (600, 1)] {
            let selection = due.due(among: CheckSelection(suites: [suite]), at: runTime + .seconds(second))
            #expect(selection.suites.count == count, "\(second)")
        }
    }

    /// A run whose results were lost records nothing.
    @Test func anEndpointIsDueUntilItsResultIsRecorded() throws {
        let endpoint = try Endpoint.sample("a", group: "g")
        let due = DueTimes()
        for second in 0..<3 {
            #expect(Self.due(due, [endpoint], at: second) == ["a"])
        }
        due.record([try .sample("a", .up)], at: runTime)
        #expect(Self.due(due, [endpoint], at: 3).isEmpty)
    }

    @Test func eachEndpointHasItsInterval() throws {
        var (slow, quick) = (try Endpoint.sample("slow", group: "g"), try Endpoint.sample("quick", group: "g"))
        (slow.interval, quick.interval) = (.seconds(600), .seconds(60))
        let due = DueTimes()
        due.record([try .sample("slow", .up), try .sample("quick", .up)], at: runTime)
        #expect(Self.due(due, [slow, quick], at: 60) == ["quick"])
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
        #expect(try file.selection(named: []).endpoints.map(\.displayName) == ["g/a", "a"])
        #expect(try file.selection(named: ["g/a"]).endpoints.map(\.displayName) == ["g/a"])
        #expect(try file.selection(named: ["a"]).endpoints.map(\.displayName) == ["g/a", "a"])
        #expect(try file.selection(named: ["g_a", "off"]).endpoints.map(\.displayName) == ["g/a", "off"])
        let error = #expect(throws: UptimeCheckerError.self) { try file.selection(named: ["a", "z", "x"]) }
        #expect(error?.message == #"no endpoint or suite is named "x", "z": give a name or group/name"#)
    }
}
