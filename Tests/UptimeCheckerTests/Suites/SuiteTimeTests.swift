import Basics
import Synchronization
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// How long suites take, by a clock that steps over scripted checks.
@Suite(.timeLimit(.minutes(1))) struct SuiteTimeTests {
    private struct Step {
        let name: String
        var seconds = 10
        var alwaysRuns = false
        var timeout = 10
        var isEnabled = true
        /// How often the check fails before it succeeds.
        var failures = 0
        var attempts = 1
        /// The value that it needs.
        var needs = ""
        /// Whether there is no room for its body.
        var lacksRoom = false
    }

    /// Runs a suite, and gives its outcome and how long it took, then the steps as in ``lines(_:)``.
    private func run(_ steps: Step..., timeout: Int = 300, within limit: Int = 1_000) async throws -> [String] {
        var suite = Suite(name: "s", timeout: .seconds(timeout))
        suite.steps = try steps.map { step in
            var endpoint = try Endpoint.sample(step.name)
            (endpoint.isEnabled, endpoint.client.timeout) = (step.isEnabled, .seconds(step.timeout))
            endpoint.confirmation = Confirmation(attempts: step.attempts, interval: .seconds(2))
            endpoint.step = SuiteStep(suite: "s", alwaysRuns: step.alwaysRuns)
            if !step.needs.isEmpty { endpoint.body = "[CONTEXT].\(step.needs)" }
            return endpoint
        }
        let plan = Dictionary(uniqueKeysWithValues: steps.map { ($0.name, ($0.seconds, $0.failures)) })
        let large = Set(steps.filter(\.lacksRoom).map(\.name))
        let result = try await Task.detached { [suite] in
            try EventLoop.run { loop in
                let clock = SteppingClock(runTime, executor: loop)
                let attempts = Mutex<[String: Int]>([:])
                let engine = CheckEngine(
                    limits: CheckLimits(total: 10, perHost: 10), time: clock.source,
                    observe: { endpoint, deadline in
                        if large.contains(endpoint.name) {
                            var observation = Observation.status(200)
                            observation.note(CheckError(.noRoom, "no room"))
                            return observation
                        }
                        let (seconds, failures) = plan[endpoint.name] ?? (0, 0)
                        let attempt = attempts.withLock { attempts in
                            attempts[endpoint.name, default: 0] += 1
                            return attempts[endpoint.name, default: 0]
                        }
                        // As real checks do: they end at their timeout, and at the deadline.
                        let limit = min(endpoint.client.timeout, deadline - clock.now)
                        do {
                            try await clock.source.sleep(min(.seconds(seconds), limit))
                        } catch {
                            var observation = Observation()
                            observation.note(CheckError(of: error))
                            return observation
                        }
                        guard .seconds(seconds) <= limit else {
                            var observation = Observation()
                            observation.note(CheckError(.timedOut, "no answer within \(limit.text)"))
                            return observation
                        }
                        return .status(attempt <= failures ? 500 : 200)
                    },
                    isInMaintenance: { _, _ in false })
                let results = await engine.run([], suites: [suite], until: runTime + .seconds(limit))
                return results[0]
            }
        }.value
        #expect(result.foundNothing == (!large.isEmpty && result.outcome == .timedOut))
        return ["\(result.outcome.rawValue) \(result.attempts) \(result.duration.components.seconds)"] + lines(result)
    }

    @Test func oneAfterTheOther() async throws {
        #expect(try await run(Step(name: "a"), Step(name: "b", seconds: 5)) == ["up 1 15", "a up", "b up"])
    }

    @Test func aStepHasItsOwnTimeout() async throws {
        #expect(
            try await run(Step(name: "a", seconds: 11), Step(name: "b")) == [
                "down 1 10", "a down: no answer within 10 s; [STATUS] (0) == 200",
                "b skipped: not run: a failed before",
            ])
    }

    @Test func theTimeoutOfTheSuiteEndsAStep() async throws {
        #expect(
            try await run(Step(name: "a"), Step(name: "b"), Step(name: "c"), timeout: 15) == [
                "down 1 15", "a up",
                "b down: the suite's timeout of 15 s was over before it had ended; [STATUS] (0) == 200",
                "c skipped: not run: the suite's timeout of 15 s was over",
            ])
    }

    @Test func theTimeoutOfTheSuiteBetweenSteps() async throws {
        #expect(
            try await run(Step(name: "a"), Step(name: "b"), timeout: 10) == [
                "down 1 10", "a up", "b down: the suite's timeout of 10 s was over before it had begun",
            ])
    }

    @Test("a step that always runs may take longer than the suite")
    func cleaningUpAfterTheTimeout() async throws {
        #expect(
            try await run(
                Step(name: "a", timeout: 60), Step(name: "b"), Step(name: "undo", alwaysRuns: true), timeout: 5)
                == [
                    "down 1 15",
                    "a down: the suite's timeout of 5 s was over before it had ended; [STATUS] (0) == 200",
                    "b skipped: not run: the suite's timeout of 5 s was over", "undo up",
                ])
    }

    @Test("at the end of the run a suite has timed out, and time was kept for what always runs")
    func theEndOfTheRun() async throws {
        #expect(
            try await run(
                Step(name: "a"), Step(name: "b", seconds: 30, timeout: 60), Step(name: "c"),
                Step(name: "undo", seconds: 5, alwaysRuns: true), within: 40)
                == [
                    "timed-out 1 35", "a up",
                    "b timed-out: the run's time was over before it had ended; [STATUS] (0) == 200",
                    "c skipped: not run: the run's time was over", "undo up",
                ])
    }

    @Test("what always runs has not failed when the end of the run has left it without its value")
    func valuesAtTheEndOfTheRun() async throws {
        #expect(
            try await run(
                Step(name: "a", seconds: 30, timeout: 60), Step(name: "undo", alwaysRuns: true, needs: "id"), within: 20
            )
                == [
                    "timed-out 1 15", "a timed-out: the run's time was over before it had ended; [STATUS] (0) == 200",
                    "undo skipped: not run: the run's time was over, and there is no value for [CONTEXT].id",
                ])
        #expect(
            try await run(
                Step(name: "a", seconds: 1, failures: 1), Step(name: "undo", alwaysRuns: true, needs: "id"))
                == [
                    "down 1 1", "a down: [STATUS] (500) == 200",
                    "undo down: not asked: there is no value for [CONTEXT].id; [STATUS] (0) == 200",
                ], "the failure before counts anyway")
    }

    @Test("a suite without room for a body is not down, and says why the rest did not run")
    func noRoom() async throws {
        #expect(
            try await run(
                Step(name: "a", lacksRoom: true), Step(name: "b"), Step(name: "undo", seconds: 1, alwaysRuns: true),
                Step(name: "more", alwaysRuns: true, needs: "id"))
                == [
                    "timed-out 1 1", "a timed-out: no room",
                    "b skipped: not run: there was no room for the body of a", "undo up",
                    "more skipped: not run: there was no room for the body of a, and there is no value for [CONTEXT].id",
                ])
        #expect(
            try await run(
                Step(name: "a", lacksRoom: true), Step(name: "undo", seconds: 1, alwaysRuns: true, failures: 1)
            )
            .first == "down 1 1", "what was asked and failed counts")
    }

    @Test func theEndOfTheRunBetweenSteps() throws {
        var suite = Suite(name: "s")
        suite.steps = try ["a", "b"].map { try .sample($0) }
        var progress = SuiteProgress(of: suite, startedAt: runTime, deadline: runTime + .seconds(9))
        #expect(progress.limit(of: suite.steps[0], at: runTime + .seconds(9)) == nil)
        #expect(progress.limit(of: suite.steps[1], at: runTime + .seconds(9)) == nil)
        let result = progress.result(at: runTime + .seconds(9))
        #expect(result.outcome == .timedOut)
        #expect(result.attempts == 0, "it stays due, and changes no state")
        #expect(
            lines(result) == [
                "a timed-out: the run's time was over before it had begun",
                "b skipped: not run: the run's time was over",
            ])
    }

    @Test func aFailureBeforeTheEndOfTheRunCounts() async throws {
        #expect(
            try await run(
                Step(name: "a", seconds: 1, failures: 1),
                Step(name: "undo", seconds: 30, alwaysRuns: true, timeout: 60),
                within: 20)
                == [
                    "down 1 20", "a down: [STATUS] (500) == 200",
                    "undo timed-out: the run's time was over before it had ended; [STATUS] (0) == 200",
                ])
    }

    @Test func aStepIsConfirmedBeforeItFails() async throws {
        #expect(
            try await run(Step(name: "a", seconds: 1, failures: 2, attempts: 3), Step(name: "b", seconds: 1)) == [
                "up 1 8", "a up", "b up",
            ])
        #expect(
            try await run(Step(name: "a", seconds: 1, failures: 3, attempts: 3), Step(name: "b")) == [
                "down 1 7", "a down: [STATUS] (500) == 200", "b skipped: not run: a failed before",
            ])
    }

    @Test func aStepThatIsNotEnabledIsLeftOut() async throws {
        #expect(
            try await run(Step(name: "a"), Step(name: "b", isEnabled: false), Step(name: "c")) == [
                "up 1 20", "a up", "b skipped: not run: it is not enabled", "c up",
            ])
    }
}
