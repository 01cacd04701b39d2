import Basics
import Events
import JSON
import StateStore
import Synchronization
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// The engine over scripted checks and a clock that steps.
@Suite(.timeLimit(.minutes(1))) struct CheckEngineTests {
    private typealias Script = @Sendable (_ endpoint: String, _ attempt: Int, _ time: TimeSource) async -> Observation

    /// Runs the endpoints and gives each result as `name outcome attempts startedAfter+duration errors`, seconds.
    private func run(
        _ endpoints: [Endpoint], within limit: Duration = .seconds(60),
        limits: CheckLimits = CheckLimits(total: 100, perHost: 100),
        maintenance: @escaping @Sendable (Endpoint) -> Bool = { _ in false }, _ script: @escaping Script
    ) async throws -> [String] {
        try await results(endpoints, within: limit, limits: limits, maintenance: maintenance, script).map { result in
            let start = (result.startedAt - runTime).components.seconds
            let errors = result.errors.isEmpty ? "" : " " + result.errors.joined(separator: "; ")
            return "\(result.name) \(result.outcome.rawValue) \(result.attempts) "
                + "\(start)+\(result.duration.components.seconds)\(errors)"
        }
    }

    private func results(
        _ endpoints: [Endpoint], within limit: Duration = .seconds(60),
        limits: CheckLimits = CheckLimits(total: 100, perHost: 100),
        maintenance: @escaping @Sendable (Endpoint) -> Bool = { _ in false }, _ script: @escaping Script
    ) async throws -> [CheckResult] {
        try await Task.detached {
            try EventLoop.run { loop in
                let clock = SteppingClock(runTime, executor: loop)
                let attempts = Mutex<[String: Int]>([:])
                let engine = CheckEngine(
                    limits: limits, time: clock.source,
                    observe: { endpoint, _ in
                        let attempt = attempts.withLock { attempts in
                            attempts[endpoint.name, default: 0] += 1
                            return attempts[endpoint.name, default: 0]
                        }
                        return await script(endpoint.name, attempt, clock.source)
                    },
                    isInMaintenance: { endpoint, _ in maintenance(endpoint) }
                )
                let seen = Mutex<[String]>([])
                let results = await engine.run(endpoints, until: runTime + limit) { result in
                    seen.withLock { $0.append(result.name) }
                }
                #expect(seen.withLock { $0.sorted() } == endpoints.map(\.name).sorted(), "each is told once")
                return results
            }
        }.value
    }

    @Test func resultsAreInTheOrderOfTheEndpoints() async throws {
        let endpoints = try ["slow", "quick", "bad"].map { try Endpoint.sample($0) }
        let results = try await run(endpoints) { name, _, time in
            try? await time.sleep(name == "slow" ? .seconds(5) : .seconds(1))
            return .status(name == "bad" ? 500 : 200)
        }
        #expect(results == ["slow up 1 0+5", "quick up 1 0+1", "bad down 1 0+1"])
    }

    @Test func aFailureIsConfirmedBeforeItCounts() async throws {
        let endpoints = try [("blip", 3), ("down", 3), ("impatient", 1)].map { try Endpoint.sample($0, attempts: $1) }
        let results = try await run(endpoints) { name, attempt, time in
            try? await time.sleep(.seconds(1))
            return name == "blip" && attempt == 2 ? .status(200) : .failure("refused")
        }
        #expect(results == ["blip up 2 0+4", "down down 3 0+7 refused", "impatient down 1 0+1 refused"])
    }

    @Test func aWaitingCheckTakesNoPlace() async throws {
        let endpoints = try [("down", 2), ("a", 1), ("b", 1)].map { try Endpoint.sample($0, attempts: $1) }
        let results = try await run(endpoints, limits: CheckLimits(total: 1, perHost: 1)) { name, _, time in
            try? await time.sleep(.seconds(1))
            return .status(name == "down" ? 500 : 200)
        }
        #expect(results == ["down down 2 0+4", "a up 1 1+1", "b up 1 2+1"])
    }

    @Test func withoutTimeForAnotherAttemptTheFirstOneCounts() async throws {
        let results = try await run([try .sample("a", attempts: 5)], within: .seconds(6)) { _, _, time in
            try? await time.sleep(.seconds(1))
            return .status(503)
        }
        #expect(results == ["a down 2 0+4"], "the next pause would end at the deadline")
    }

    @Test func theDeadlineEndsTheRun() async throws {
        let endpoints = try [("done", 1), ("failed", 2), ("stuck", 1), ("never", 1)].map {
            try Endpoint.sample($0, attempts: $1)
        }
        let limits = CheckLimits(total: 3, perHost: 3)
        let results = try await run(endpoints, within: .seconds(10), limits: limits) { name, attempt, time in
            switch (name, attempt) {
            case ("done", _): try? await time.sleep(.seconds(9))
            case ("failed", 1): return .failure("refused")
            case ("failed", _), ("stuck", _): try? await time.sleep(.seconds(1_000))
            default: try? await time.sleep(.seconds(1_000))
            }
            return .status(200)
        }
        #expect(
            results == [
                "done up 1 0+9", "failed down 1 0+0 refused",
                "stuck timed-out 1 0+10 the run's time was over before the check had ended",
                "never timed-out 1 0+10 the run's time was over before the check had ended",
            ])
    }

    @Test func checksThatEndThemselvesAtTheDeadline() async throws {
        let endpoints = try [("cut", 3), ("confirming", 3), ("slow", 1)].map { try Endpoint.sample($0, attempts: $1) }
        let results = try await run(endpoints, within: .seconds(20)) { name, attempt, time in
            if name == "confirming", attempt == 1 {
                try? await time.sleep(.seconds(9))
                return .failure("refused")
            }
            // The endpoints' own limit is 10 s; the second attempt begins at 11 s.
            try? await time.sleep(name == "cut" ? .seconds(19) : name == "slow" ? .seconds(10) : .seconds(8))
            var observation = Observation.failure("timed out")
            observation.isTimedOut = true
            return observation
        }
        #expect(
            results == ["cut down 1 0+19 timed out", "confirming down 1 0+9 refused", "slow down 1 0+10 timed out"])
        let short = try await run([try .sample("cut", attempts: 3)], within: .seconds(5)) { _, _, time in
            try? await time.sleep(.seconds(4))
            var observation = Observation.failure("timed out")
            observation.isTimedOut = true
            return observation
        }
        #expect(short == ["cut timed-out 1 0+4 timed out"])
    }

    @Test("an endpoint whose body waited for the memory of others is not down")
    func noRoomForTheBody() async throws {
        let script: Script = { name, attempt, _ in
            // A failure that was to be confirmed stays.
            if name == "down", attempt == 1 { return .status(500) }
            var observation = Observation.status(200)
            observation.note(CheckError(.noRoom, "no room"))
            return observation
        }
        let endpoints = try ["large", "down"].map { try Endpoint.sample($0, attempts: 3) }
        #expect(try await run(endpoints, script) == ["large timed-out 1 0+0 no room", "down down 1 0+0"])
        let results = try await results(endpoints, script)
        let tracker = ChangeTracker(
            store: .document("state", in: .memory()), publish: nil, thresholds: Thresholds(), region: "r",
            time: TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 }))
        let outcome = await tracker.track(results, until: farFuture)
        #expect(outcome.changes.map(\.endpoint.name) == ["down"])
        let due = DueTimes()
        due.record(results, at: runTime)
        let selection = CheckSelection(endpoints: endpoints)
        #expect(due.due(among: selection, at: runTime + .seconds(1)).endpoints.map(\.name) == ["large"])
    }

    @Test func endpointsWithoutAnAttempt() async throws {
        let endpoints = try ["stuck", "never"].map { try Endpoint.sample($0) }
        let limits = CheckLimits(total: 1, perHost: 1)
        let results = try await run(endpoints, within: .seconds(10), limits: limits) { _, _, time in
            try? await time.sleep(.seconds(1_000))
            return .status(200)
        }
        #expect(
            results == [
                "stuck timed-out 1 0+10 the run's time was over before the check had ended",
                "never timed-out 0 10+0 the run's time was over before the check had begun",
            ])
    }

    @Test func noMoreAtOnceThanAllowed() async throws {
        let running = Mutex((now: 0, most: 0))
        let endpoints = try (0..<50).map { try Endpoint.sample("e\($0)", host: "h\($0 % 2).example.com") }
        let results = try await run(endpoints, limits: CheckLimits(total: 7, perHost: 4)) { _, _, time in
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            try? await time.sleep(.seconds(1))
            running.withLock { $0.now -= 1 }
            return .status(200)
        }
        #expect(results.count == 50)
        #expect(running.withLock { $0.most } == 7)
    }

    @Test func nothingToCheck() async throws {
        #expect(try await run([]) { _, _, _ in .status(200) }.isEmpty)
    }

    @Test func maintenanceIsMarked() async throws {
        let endpoints = try ["a", "b"].map { try Endpoint.sample($0) }
        let results = try await results(endpoints, maintenance: { $0.name == "b" }) { _, _, _ in .status(500) }
        #expect(results.map(\.isInMaintenance) == [false, true])
        #expect(results.map(\.outcome) == [.down, .down])
    }
}
