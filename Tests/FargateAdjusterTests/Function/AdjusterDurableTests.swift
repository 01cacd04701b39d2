import AWS
import Basics
import DurableExecution
import Foundation
import FunctionRuntime
import JSON
import Logging
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

/// Runs as durable executions, and what becomes of one that Lambda has stopped.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct AdjusterDurableTests {
    private typealias Place = FunctionPlace

    private static let arn = "arn:aws:lambda:eu-central-1:123456789012:function:f:1/durable-execution/n/run-1"

    /// A store that notes what is written to it, and can be away.
    private final class Spy: Sendable {
        let inner = StateStore.memory()
        private let state = Locked<(keys: [String], failsAfter: Int)>(([], .max))

        /// How often a callback was noted.
        var callbacks: Int { state.withLock { $0.keys.count { $0.hasPrefix("function/callbacks/") } } }

        /// From so many noted callbacks on, noting one fails; `Int.max` for never.
        func fail(after count: Int) { state.withLock { $0.failsAfter = count } }

        var store: StateStore {
            StateStore(
                read: { try await self.inner.document($0, until: $1) },
                readAll: { try await self.inner.documents(until: $0) },
                write: { text, key, condition, expires, deadline in
                    let fails = self.state.withLock { state in
                        let count = state.keys.count { $0.hasPrefix("function/callbacks/") }
                        if key.hasPrefix("function/callbacks/"), count >= state.failsAfter { return true }
                        state.keys.append(key)
                        return false
                    }
                    if fails { throw StateStoreError(.unavailable, "the bucket is away") }
                    return try await self.inner.write(text, to: key, if: condition, expires: expires, until: deadline)
                },
                remove: { try await self.inner.remove($0, if: $1, until: $2) })
        }
    }

    /// One invocation of the execution `run-1`.
    private func execute(_ place: Place, _ run: DurableRun, _ event: JSONValue = Place.adjust()) async throws
        -> JSONValue
    {
        let request = try AdjustmentRequest(event["adjust"] ?? nil)
        let outcome = try await place.service.run {
            let context = InvocationContext(
                requestID: "r", deadline: place.service.clock.now + .seconds(86_400),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            return try await run.execute(time: place.service.clock.source) { scope in
                try await place.function.adjust(request, nil, in: scope, execution: Self.arn, context)
            }
        }
        guard case .completed(let answer) = outcome else { return "suspended" }
        return answer
    }

    @Test("it waits by callbacks that are noted, and their time-out stands in for events that are lost")
    func callbacks() async throws {
        let spy = Spy()
        let place = try Place(plays: ["slow"], store: spy.store)
        let answer = try await execute(place, .memory)
        #expect(answer["state"] == "succeeded", "\(answer)")
        #expect(answer["run"] == "run-1")
        #expect(spy.callbacks > 10)
        #expect(try await place.invoke(["recover": nil])["state"] == "idle")
        #expect(try await place.invoke(["status": "run-1"]) == answer)
    }

    @Test("without a store it waits by the clock")
    func plainWaits() async throws {
        let place = try Place(plays: ["slow"], isStored: false)
        let answer = try await execute(place, .memory)
        #expect(answer["state"] == "succeeded", "\(answer)")
        let crashing = try Place(plays: ["crash"], isStored: false)
        #expect(try await execute(crashing, .memory)["state"] == "restored")
    }

    @Test("an invocation that died is followed by one that goes on, and changes nothing twice")
    func replay() async throws {
        let spy = Spy()
        let place = try Place(plays: ["slow"], store: spy.store)
        let run = DurableRun.memory
        for count in [1, 2, 7] {
            spy.fail(after: count)
            await #expect(throws: StateStoreError.self) { try await execute(place, run) }
        }
        spy.fail(after: .max)
        #expect(try await execute(place, run)["state"] == "succeeded")
        #expect(try place.count("ecs:RegisterTaskDefinition") == 1)
        #expect(try place.count("ecs:UpdateService") == 1)
    }

    @Test("it is cancelled between two looks")
    func cancelled() async throws {
        let spy = Spy()
        let place = try Place(plays: ["stuck"], store: spy.store)
        let run = DurableRun.memory
        spy.fail(after: 2)
        await #expect(throws: StateStoreError.self) { try await execute(place, run) }
        spy.fail(after: .max)
        try await place.service.run {
            try await OpenRuns(store: spy.store, time: place.service.clock.source).cancel("run-1")
        }
        let answer = try await execute(place, run)
        #expect(answer["state"] == "restored", "\(answer)")
        #expect(try place.service.state()["taskDefinition"] == .string(TestService.revision(1)))
    }

    @Test("a second one for the service is refused, and the first goes on")
    func second() async throws {
        let spy = Spy()
        let place = try Place(plays: ["slow"], store: spy.store)
        let run = DurableRun.memory
        spy.fail(after: 1)
        await #expect(throws: StateStoreError.self) { try await execute(place, run) }
        spy.fail(after: .max)
        let second = try await place.invoke(Place.adjust(cpu: "1", mem: "2"), request: "run-2")
        #expect(second["state"] == "refused", "\(second)")
        #expect(try await execute(place, run)["state"] == "succeeded")
    }

    // MARK: Events and recovery

    /// Lambda's calls: the state of every execution, and an answer to completed callbacks.
    private static func lambda(_ status: String) throws -> ScriptedServer {
        try ScriptedServer { request in
            if request.target.contains("/durable-execution-callbacks/") { return .http(200, body: "{}") }
            return .http(
                200,
                body: "{\"DurableExecutionArn\":\"\(arn)\",\"DurableExecutionName\":\"n\",\"Status\":\"\(status)\"}")
        }
    }

    /// Lambda's answer to a question for an execution that is not there, or that may not be read.
    private static func refusing(_ status: Int, _ code: String) throws -> ScriptedServer {
        try ScriptedServer { request in
            if request.target.contains("/durable-execution-callbacks/") { return .http(200, body: "{}") }
            return .http(
                status, headers: [("X-Amzn-Errortype", code)], body: "{\"Type\":\"User\",\"Message\":\"no\"}")
        }
    }

    @Test("an execution that does not exist any more has ended, and its run is taken over at once")
    func gone() async throws {
        let lambda = try Self.refusing(404, "ResourceNotFoundException")
        defer { lambda.stop() }
        let place = try await begun(["stuck"], lambda: lambda)
        var answer = try await place.invoke(["recover": nil], request: "timer")["runs"]?.arrayValue?.first ?? nil
        #expect(answer["state"] != "unavailable", "\(answer)")
        if answer["state"] == "running" { answer = try await place.untilIdle() }
        #expect(answer["state"] == "restored", "\(answer)")
        #expect(try await place.invoke(Place.adjust(), request: "run-2")["state"] == "running")
    }

    @Test("an execution that cannot be read counts as ended when the time of its claim is over, and not before")
    func unreadable() async throws {
        let lambda = try Self.refusing(403, "AccessDeniedException")
        defer { lambda.stop() }
        let place = try await begun(["stuck"], lambda: lambda)
        func look() async throws -> JSONValue {
            try await place.invoke(["recover": nil], request: "timer")["runs"]?.arrayValue?.first ?? nil
        }
        // Five times the timeout of the component, and a quarter of an hour.
        try await place.pass(5 * 7_200)
        #expect(try await look()["state"] == "unavailable")
        try await place.pass(1_000)
        var answer = try await look()
        #expect(answer["state"] != "unavailable", "\(answer)")
        if answer["state"] == "running" { answer = try await place.untilIdle() }
        #expect(answer["state"] == "restored", "\(answer)")
    }

    /// A run whose invocation has died at its second wait.
    private func begun(_ plays: [JSONValue], lambda: ScriptedServer) async throws -> Place {
        let spy = Spy()
        let place = try Place(
            plays: plays, variables: ["AWS_ENDPOINT_URL_LAMBDA": lambda.url], store: spy.store)
        spy.fail(after: 1)
        await #expect(throws: StateStoreError.self) { try await execute(place, .memory) }
        spy.fail(after: .max)
        return place
    }

    @Test("ECS's event wakes the execution by its callback")
    func wakes() async throws {
        let lambda = try Self.lambda("RUNNING")
        defer { lambda.stop() }
        let place = try await begun(["slow"], lambda: lambda)
        let answer = try await place.invoke(Place.deployed, request: "event")
        #expect(answer["state"] == "running", "\(answer)")
        #expect(answer["message"] == "its durable execution goes on")
        let targets = lambda.requests.map(\.target)
        #expect(targets.count == 1)
        #expect(targets[0].hasSuffix("/succeed"), "\(targets)")
    }

    @Test("an execution that lives is left alone by the timer")
    func lives() async throws {
        let lambda = try Self.lambda("RUNNING")
        defer { lambda.stop() }
        let place = try await begun(["slow"], lambda: lambda)
        let before = try place.count("ecs:DescribeServices")
        let answer = try await place.invoke(["recover": nil], request: "timer")
        #expect(answer["runs"]?.arrayValue?.map { $0["state"] } == ["running"], "\(answer)")
        #expect(try place.count("ecs:DescribeServices") == before)
    }

    @Test(
        "what an execution leaves that was stopped is put back, or is found healthy", arguments: ["stuck", "success"])
    func stopped(_ play: String) async throws {
        let lambda = try Self.lambda("STOPPED")
        defer { lambda.stop() }
        let place = try await begun([.string(play)], lambda: lambda)
        var answer = try await place.invoke(["recover": nil], request: "timer")["runs"]?.arrayValue?.first ?? nil
        if answer["state"] == "running" { answer = try await place.untilIdle() }
        let states: [JSONValue] = play == "stuck" ? ["restored"] : ["succeeded", "restored"]
        #expect(states.contains(answer["state"] ?? nil), "\(answer)")
        let revision = answer["state"] == "restored" ? 1 : 2
        #expect(try place.service.state()["taskDefinition"] == .string(TestService.revision(revision)))
        #expect(try await place.invoke(["recover": nil])["state"] == "idle")
        #expect(try place.count("ecs:RegisterTaskDefinition") == 1)
    }
}

/// The function's program as AWS's own local runner of durable executions calls it.
@Suite(
    .enabled(
        if: LocalDurableRunner.isInstalled && AdjusterProgram.path != nil,
        "run ./build.sh setup, and swift build --product fargate-adjuster"),
    .serialized, .timeLimit(.minutes(10)))
struct AdjusterRunnerTests {
    @Test("an adjustment ends over several invocations; a failing one is put back", arguments: ["success", "crash"])
    func localRunner(_ play: String) throws {
        let server = try ECSServer()
        try server.script(["services": [["name": "web"]], "plays": ["web": [.string(play)]]])
        let runner = try LocalDurableRunner(
            bootstrap: try #require(AdjusterProgram.path),
            environment: [
                "AWS_ENDPOINT_URL": server.address, "FARGATE_CONFIG_TEXT": FunctionPlace.config,
                "FARGATE_DURABLE": "lambda",
            ])
        defer { runner.stop() }
        let execution = try runner.run("\(FunctionPlace.adjust())")
        #expect(execution.status == "SUCCEEDED", "\(execution.error) \(runner.log)")
        let answer = try JSONValue(parsing: execution.result)
        #expect(answer["state"] == (play == "success" ? "succeeded" : "restored"), "\(answer)")
        #expect(execution.events.contains("WaitStarted"), "\(execution.events)")
        let services = try server.state()["services"]?.arrayValue ?? []
        let revision = play == "success" ? 2 : 1
        #expect(services.first?["taskDefinition"] == .string(TestService.revision(revision)))
    }
}

/// The program that SwiftPM built beside the tests.
private enum AdjusterProgram {
    static let path = [Bundle.main.bundleURL.deletingLastPathComponent(), Bundle.main.bundleURL]
        .map { $0.appending(path: "fargate-adjuster").path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}
