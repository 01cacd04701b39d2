import Basics
import Console
import Foundation
import JSON
import LocalHistory
import TestSupport
import Testing
import Transport

@testable import Experiments
@testable import tocsin

/// Experiments of `tocsin up`: what was planned is what runs, and what became of it is said as it was.
@Suite(.timeLimit(.minutes(1)))
struct UpExperimentsTests {
    private static let loop = Result { try EventLoop.onOwnThread() }

    /// A session's experiments with one file, against a site.
    private struct Session {
        let experiments: UpExperiments
        let file: UpSystem.ExperimentFile
        let site: ScriptedServer
        let runs: AsyncStream<ExperimentRun>
        let notes: Locked<[String]>

        func write(_ text: String) throws {
            try text.write(toFile: file.path, atomically: true, encoding: .utf8)
        }

        /// The first state of a run that passes.
        func run(where passes: (ExperimentRun) -> Bool) async throws -> ExperimentRun {
            for await run in runs where passes(run) { return run }
            throw CancellationError()
        }

        func ended() async throws -> ExperimentRun { try await run { $0.end != nil } }

        /// What the site was asked to do.
        var changes: [String] { site.requests.filter { $0.method != "GET" }.map { "\($0.method) \($0.target)" } }
    }

    private static func withSession(
        rollback status: Int = 200, _ body: (Session) async throws -> Void
    ) async throws {
        let site = try ScriptedServer { $0.method == "DELETE" ? .http(status) : .http(200) }
        defer { site.stop() }
        try await Workspace.withTemporaryFolder { folder in
            let loop = try loop.get()
            let (runs, continuation) = AsyncStream.makeStream(of: ExperimentRun.self)
            let notes = Locked<[String]>([])
            let experiments = UpExperiments(
                environment: ["SITE": site.url], loop: loop, onRun: { continuation.yield($0) },
                note: { line in notes.withLock { $0.append(line) } })
            await experiments.open(["SITE": site.url, "AWS_REGION": "us-east-1"])
            let path = folder.appending(path: "e.yaml").path
            let file = UpSystem.ExperimentFile(id: "e.yaml", title: "t", path: path, digest: "")
            try await body(
                Session(experiments: experiments, file: file, site: site, runs: runs, notes: notes))
            await experiments.close()
        }
    }

    /// An experiment that changes a page and puts it back.
    private static func experiment(page: String, pause: Int = 0, rest: String = "") -> String {
        func change(_ name: String, _ method: String) -> String {
            "{type: action, name: \(name), pauses: {after: \(method == "PUT" ? pause : 0)}, "
                + "provider: {type: http, url: '${site}/\(page)', method: \(method), timeout: 5}}"
        }
        return """
            title: t
            description: d
            configuration: {site: {type: env, key: SITE}}
            method: [\(change("break", "PUT"))]
            rollbacks: [\(change("repair", "DELETE"))]
            \(rest)
            """
    }

    // MARK: Plan, then run

    @Test("an edited experiment does not run by the plan that was seen before, although the plan's text is the same")
    func editedAfterItsPlan() async throws {
        try await Self.withSession { session in
            let (experiments, file) = (session.experiments, session.file)
            try session.write(Self.experiment(page: "faults?page=search"))
            let seen = try await experiments.plan(file)
            try session.write(Self.experiment(page: "faults?page=payments"))
            for _ in 0..<2 {
                // A second press does not help.
                let error = await #expect(throws: ConsoleError.self) {
                    try await experiments.start(file, plan: seen.digest)
                }
                #expect(error?.code == .planHasChanged)
            }
            #expect(session.changes == [])
            let anew = try await experiments.plan(file)
            #expect(anew.text == seen.text)
            #expect(anew.digest != seen.digest)
            // Somebody else has the old page still open.
            await #expect(throws: ConsoleError.self) { try await experiments.start(file, plan: seen.digest) }
            #expect(session.changes == [])
            #expect(try await experiments.start(file, plan: anew.digest) == "t: running.")
            let run = try await session.ended()
            #expect(run.state == "passed")
            #expect(run.outcome == "It ended, and the system did not deviate. Its rollback was played.")
            #expect(session.changes == ["PUT /faults?page=payments", "DELETE /faults?page=payments"])
        }
    }

    @Test("a plan is for one run; a file that is gone or wrong, and a plan that nobody made, start nothing")
    func otherPlans() async throws {
        try await Self.withSession { session in
            let (experiments, file) = (session.experiments, session.file)
            func refusal(_ digest: String) async -> ConsoleErrorCode? {
                await #expect(throws: ConsoleError.self) { try await experiments.start(file, plan: digest) }?.code
            }
            try session.write(Self.experiment(page: "search"))
            #expect(await refusal("") == .planHasChanged)
            let seen = try await experiments.plan(file)
            #expect(await refusal("0") == .planHasChanged)
            try session.write("title: [")
            #expect(await refusal(seen.digest) == .planHasChanged)
            await #expect(throws: ExperimentError.self) { try await experiments.plan(file) }
            try FileManager.default.removeItem(atPath: file.path)
            #expect(await refusal(seen.digest) == .notPossible)
            #expect(session.changes == [])
            // The same bytes again are what was seen.
            try session.write(Self.experiment(page: "search"))
            _ = try await experiments.start(file, plan: seen.digest)
            _ = try await session.ended()
            #expect(await refusal(seen.digest) == .planHasChanged)
            #expect(session.changes == ["PUT /search", "DELETE /search"])
        }
    }

    @Test("a refused plan cannot be run, nor can the one that was seen before it")
    func refusedPlan() async throws {
        try await Self.withSession { session in
            let (experiments, file) = (session.experiments, session.file)
            try session.write(Self.experiment(page: "search"))
            let seen = try await experiments.plan(file)
            #expect(seen.refusal == nil)
            let probe = "{type: probe, name: p, provider: {type: http, url: '${site}/'}}"
            let method = Array(repeating: probe, count: 3_001).joined(separator: ", ")
            try session.write(
                "title: t\ndescription: d\nconfiguration: {site: {type: env, key: SITE}}\nmethod: [\(method)]\n")
            let refused = try await experiments.plan(file)
            #expect(refused.refusal?.contains("operations") == true)
            for digest in [refused.digest, seen.digest] {
                await #expect(throws: ConsoleError.self) { try await experiments.start(file, plan: digest) }
            }
            #expect(session.site.requests.isEmpty)
        }
    }

    // MARK: What became of it

    @Test("a rollback that fails makes the run red and is named, although the system did not deviate")
    func failedRollback() async throws {
        try await Self.withSession(rollback: 503) { session in
            try session.write(Self.experiment(page: "search"))
            let plan = try await session.experiments.plan(session.file)
            _ = try await session.experiments.start(session.file, plan: plan.digest)
            let run = try await session.ended()
            #expect(run.state == "failed")
            #expect(
                run.outcome == "It ended, and the system did not deviate. "
                    + "May still be broken: rollback repair failed: it was answered with status 503.")
            #expect(run.activities.map(\.name) == ["break", "repair"])
            #expect(run.activities.map(\.isGood) == [true, false])
            #expect(session.notes.withLock(\.self).last == "experiment: \(run.outcome)")
            #expect(await session.experiments.outcomes["e.yaml"]?.brokenRollbacks == ["repair"])
        }
    }

    @Test("a stopped run says what became of its rollbacks", arguments: [200, 503])
    func stopped(status: Int) async throws {
        try await Self.withSession(rollback: status) { session in
            try session.write(Self.experiment(page: "search", pause: 600))
            let plan = try await session.experiments.plan(session.file)
            _ = try await session.experiments.start(session.file, plan: plan.digest)
            _ = try await session.run { $0.activities.first?.end != nil }
            _ = try await session.experiments.stop()
            let run = try await session.ended()
            #expect(run.state == (status == 200 ? "interrupted" : "failed"))
            #expect(
                run.outcome
                    == (status == 200
                        ? "It was stopped. Its rollback was played."
                        : "It was stopped. May still be broken: rollback repair failed: "
                            + "it was answered with status 503."))
        }
    }

    @Test("rollbacks that were not played are named, unless nothing was tried")
    func unplayedRollbacks() {
        func outcome(
            _ journal: JSONObject, rollbacks: Int, isSuccess: Bool = false, wasInterrupted: Bool = false
        ) -> UpExperiment.Outcome {
            .init(
                journal: journal, isSuccess: isSuccess,
                rollbacks: (0..<rollbacks).map { PlayedRollback(name: "r\($0)", failure: "failed: it was not played") },
                wasInterrupted: wasInterrupted)
        }
        let unmet: JSONObject = ["status": "failed", "steady_states": ["before": ["steady_state_met": false]]]
        #expect(
            outcome(unmet, rollbacks: 1).text == "The experiment did not begin: its hypothesis did not hold.")
        #expect(
            outcome(["status": "failed", "rollbacks": []], rollbacks: 2).text
                == "The experiment ended with status failed. "
                + "No rollback was played, what they put back may still be broken: r0, r1.")
        let stopped = outcome(["status": "interrupted"], rollbacks: 1, wasInterrupted: true)
        #expect(stopped.verdict == .failed)
        #expect(stopped.brokenRollbacks == ["r0"])
        // Its own file says so: `rollbacks: {strategy: deviated}`.
        let chosen = outcome(["status": "completed"], rollbacks: 1, isSuccess: true)
        #expect(chosen.verdict == .passed)
        #expect(chosen.rollbackText == "No rollback was played, what they put back may still be broken: r0.")
        let half = outcome(
            ["status": "aborted", "error": ["message": "no r0"], "rollbacks": [[:]]], rollbacks: 1)
        #expect(half.verdict == .failed)
        #expect(
            half.text == "The experiment ended with status aborted: no r0. "
                + "May still be broken: rollback r0 failed: it was not played.")
        let python = UpExperiment.Outcome(
            journal: ["status": "completed", "rollbacks": [[:]]], isSuccess: true,
            rollbacks: [.init(name: "r", failure: "failed: chaoslib.exceptions.ActivityFailed: refused")],
            wasInterrupted: false)
        #expect(python.verdict == .failed)
        #expect(python.rollbackText == "May still be broken: rollback r failed: refused.")
        #expect(outcome(["status": "completed"], rollbacks: 0, isSuccess: true).verdict == .passed)
    }

    // MARK: One at a time, and none at the end

    @Test("nothing starts once the session ends")
    func closed() async throws {
        try await Self.withSession { session in
            try session.write(Self.experiment(page: "search"))
            let plan = try await session.experiments.plan(session.file)
            await session.experiments.close()
            let error = await #expect(throws: ConsoleError.self) {
                try await session.experiments.start(session.file, plan: plan.digest)
            }
            #expect(error?.message == "The session is ending: nothing is started any more.")
            #expect(session.site.requests.isEmpty)
        }
    }

    @Test("the command line's experiment does not run beside that of the page, and the session goes on")
    func twoAtOnce() async throws {
        try await Self.withSession { session in
            try session.write(Self.experiment(page: "search", pause: 600))
            let plan = try await session.experiments.plan(session.file)
            let other = try await UpExperiment(
                session.file.path, environment: ["SITE": session.site.url], loop: try Self.loop.get())
            _ = try await session.experiments.start(session.file, plan: plan.digest)
            let outcome = await session.experiments.run(other, id: "t")
            #expect(outcome.verdict == .failed)
            #expect(
                outcome.text
                    == "The experiment did not run: e.yaml is running; one experiment runs at a time.")
            #expect(await session.experiments.outcomes["t"] == outcome)
            await session.experiments.close()
            #expect(session.changes.last == "DELETE /search")
        }
    }

    // MARK: What is listed

    @Test("the console lists faulty files with their faults, and those of the command line, also of earlier sessions")
    func list() throws {
        func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }
        func run(_ id: String, _ start: Int64, end: Int64?) -> (String, ExperimentRun) {
            let state = end == nil ? "running" : "passed"
            return (
                id,
                ExperimentRun(experiment: id, title: "T " + id, start: time(start), end: end.map(time), state: state)
            )
        }
        let files = ["a.yaml", "b.yaml"].map { UpSystem.ExperimentFile(id: $0, title: "T", path: "/" + $0, digest: "") }
        let faulty = ["b.yaml", "new.yaml"].map { UpFaults.Experiment(id: $0, fault: "\($0):3: wrong") }
        let runs = [
            run("a.yaml", 5, end: 6), run("old", 5, end: 6), run("cli", 11, end: nil), run("gone", 12, end: 13),
            run("older", 4, end: 5),
        ]
        let shown = shownExperiments(
            files, faulty: faulty, runs: Dictionary(uniqueKeysWithValues: runs), since: time(10))
        #expect(shown.map(\.id) == ["a.yaml", "b.yaml", "new.yaml", "cli", "gone", "old", "older"])
        #expect(
            shown.map(\.problem) == [
                nil, "b.yaml:3: wrong", "new.yaml:3: wrong", nil,
            ] + Array(repeating: "it is not one of the folder's files", count: 3))
        #expect(
            shown.map(\.state) == [.passed, .ready, .ready, .running, .passed, .passed, .passed])
        let many = (0..<9).map { run("r\($0)", $0, end: $0) }
        let earlier = shownExperiments(
            [], faulty: [], runs: Dictionary(uniqueKeysWithValues: many), since: time(10))
        #expect(earlier.map(\.id) == ["r8", "r7", "r6", "r5", "r4"])
    }
}
