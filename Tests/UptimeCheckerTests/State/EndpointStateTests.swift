import Basics
import Events
import JSON
import Testing

@testable import UptimeChecker

@Suite struct EndpointStateTests {
    /// What a sequence of results, one a minute, tells: `minute state since duration`, or nothing.
    ///
    /// `u` up, `d` down, `m` down in maintenance, `M` up in maintenance, `-` no time for a check.
    private func changes(_ sequence: String, failures: Int = 1, successes: Int = 1) throws -> [String] {
        var state: EndpointState?
        var told: [String] = []
        for (minute, letter) in sequence.enumerated() {
            let result = try CheckResult.sample(
                "api", letter == "-" ? .timedOut : "uM".contains(letter) ? .up : .down,
                at: runTime + .seconds(60 * minute), inMaintenance: "mM".contains(letter)
            )
            let (next, change) = EndpointState.next(
                state, result, Thresholds(failures: failures, successes: successes), region: "r")
            state = next
            if let change {
                let since = (change.since - runTime).components.seconds / 60
                told.append("\(minute) \(change.state.rawValue) \(since) \(change.duration.components.seconds / 60)")
            }
        }
        return told
    }

    @Test(
        arguments: [
            ("uuuu", 1, 1, []), ("uudduu", 1, 1, ["2 down 2 0", "4 up 2 2"]), ("d", 1, 1, ["0 down 0 0"]),
            ("ududu", 1, 1, ["1 down 1 0", "2 up 1 1", "3 down 3 0", "4 up 3 1"]),
            ("udduddduu", 3, 2, ["6 down 4 2", "8 up 4 4"]),
            ("dddudduuu", 3, 2, ["2 down 0 2", "7 up 0 7"]),
            ("ummmmu", 1, 1, []), ("ummmd", 1, 1, ["4 down 4 0"]), ("dmmMu", 1, 1, ["0 down 0 0", "4 up 0 4"]),
            ("u---u", 1, 1, []), ("d--u", 1, 1, ["0 down 0 0", "3 up 0 3"]),
        ] as [(String, Int, Int, [String])])
    func sequences(sequence: String, failures: Int, successes: Int, told: [String]) throws {
        #expect(try changes(sequence, failures: failures, successes: successes) == told)
    }

    @Test func anEndpointThatIsAlwaysUpIsNotKept() throws {
        let (state, change) = EndpointState.next(nil, try .sample("api", .up), Thresholds(), region: "r")
        // Nothing worth a write: the entry says no more than its absence.
        #expect(state == nil)
        #expect(change == nil)
    }

    @Test func theChange() throws {
        let down = EndpointState.next(nil, try .sample("api", .down), Thresholds(), region: "eu-central-1")
        #expect(
            down.change
                == UptimeChange(
                    id: "g_api:down:\(runTime.microseconds)", state: .down,
                    endpoint: .init(name: "api", group: "g", url: "https://api.example.com/"), since: runTime,
                    at: runTime, failedConditions: ["[STATUS] (500) == 200"], region: "eu-central-1"
                ))
        let later = runTime + .seconds(90)
        let up = EndpointState.next(
            down.state, try .sample("api", .up, at: later), Thresholds(), region: "eu-central-1")
        #expect(up.change?.id == "g_api:up:\(runTime.microseconds)")
        #expect(up.change?.since == runTime)
        #expect(up.change?.at == later)
        #expect(up.change?.failedConditions == ["[STATUS] (500) == 200"], "what had failed")
        #expect(up.state == EndpointState(state: .up, since: later))
    }

    @Test("an outage after the state was forgotten, or lost with the process, has an id of its own")
    func outagesHaveTheirOwnIDs() throws {
        var state: EndpointState?
        var changes: [UptimeChange] = []
        func run(_ outcome: CheckResult.Outcome, _ time: Duration) throws {
            let step = EndpointState.next(
                state, try .sample("api", outcome, at: runTime + time), Thresholds(), region: "r")
            state = step.state
            changes += [step.change].compactMap(\.self)
        }
        let day = Duration.seconds(86_400)
        for start in [.zero, day * 3] {
            try run(.down, start)
            try run(.up, start + .seconds(60))
            try run(.up, start + day * 2)
        }
        #expect(state == nil, "forgotten")
        try run(.down, day * 6)
        state = nil  // another process, without the state
        try run(.down, day * 6 + .seconds(60))
        #expect(changes.map(\.state) == [.down, .up, .down, .up, .down, .down])
        #expect(Set(changes.map(\.id)).count == 6)
    }

    @Test func aSecondOutageHasAnotherIDAndALateOneIsForgotten() throws {
        var state: EndpointState?
        func next(_ outcome: CheckResult.Outcome, _ seconds: Int) throws -> UptimeChange? {
            let result = try CheckResult.sample("api", outcome, at: runTime + .seconds(seconds))
            let step = EndpointState.next(state, result, Thresholds(), region: "r")
            state = step.state
            return step.change
        }
        let first = try next(.down, 0)
        _ = try next(.up, 60)
        let second = try next(.down, 120)
        #expect(first?.id != second?.id)
        _ = try next(.up, 180)
        _ = try next(.up, 180 + 86_400)
        #expect(state != nil)
        _ = try next(.up, 181 + 86_400)
        #expect(state == nil)
    }

    @Test func anOvertakenRunChangesNothing() throws {
        let known = EndpointState(state: .up, since: runTime + .seconds(30))
        let (state, change) = EndpointState.next(known, try .sample("api", .down), Thresholds(), region: "r")
        #expect(state == known)
        #expect(change == nil)
    }

    @Test func textsAreBounded() throws {
        var result = try CheckResult.sample("api", .down)
        result.errors = (0..<50).map { "\($0)" + String(repeating: "ü", count: 1_000) }
        let (state, change) = EndpointState.next(nil, result, Thresholds(), region: "r")
        #expect(state?.errors.count == 10)
        #expect(change?.errors.allSatisfy { $0.utf8.count <= 310 } == true)
    }

    @Test(arguments: [
        EndpointState(state: .down, since: runTime, failedConditions: ["[STATUS] (500) == 200"], errors: ["ü"]),
        EndpointState(state: .up, since: runTime, oppositeRuns: 2, oppositeSince: runTime), EndpointState(),
    ])
    func storedAsJSON(state: EndpointState) throws {
        #expect(EndpointState(try JSONValue(parsing: state.json.serialized())) == state)
    }

    @Test(arguments: ["5", "{}", #"{"state":"sideways","since":1}"#, #"{"state":"up"}"#])
    func nothingOfTheKind(text: String) throws {
        #expect(EndpointState(try JSONValue(parsing: text)) == nil)
    }
}
