import Basics
import DurableExecution
import JSON
import TestSupport
import Testing

@Suite("an invocation of a durable Lambda function")
struct InvocationTests {
    let clock = TestClock()

    @Test("the event gives the input, the start and the ARN; other events are none")
    func event() throws {
        let event = FakeLambda(clock: clock).event(input: ["a": [1, 2]])
        let invocation = try #require(DurableInvocation(event))
        #expect(invocation.input == ["a": [1, 2]])
        #expect(invocation.executionARN == FakeLambda.arn)
        #expect(invocation.started == Timestamp(millisecondsSinceEpoch: 1_799_999_000_123))
        #expect(!invocation.isReplay)
        #expect(DurableInvocation(["Records": []]) == nil)
        #expect(DurableInvocation("text") == nil)
    }

    @Test("a step takes one call; one that may run at most once is recorded before it runs")
    func calls() async throws {
        let lambda = FakeLambda(clock: clock)
        let answer = try await lambda.invoke { scope in
            let one = try await scope.step("one") {
                #expect(lambda.calls.isEmpty)
                return 1
            }
            let two = try await scope.step("two", .atMostOnce) {
                #expect(lambda.updates.last == ["STEP START 2"])
                return 2
            }
            let part = try await scope.child("part") { part in
                try await part.step("three") { 3 }
            }
            return [one, two, part]
        }
        #expect(answer == ["Status": "SUCCEEDED", "Result": "[1,2,3]"])
        #expect(
            lambda.updates == [
                ["STEP START 1", "STEP SUCCEED 1"], ["STEP START 2"], ["STEP SUCCEED 2"],
                ["CONTEXT START 3", "STEP START 3-1", "STEP SUCCEED 3-1"], ["CONTEXT SUCCEED 3"],
            ])
        #expect(lambda.calls[0].path.hasSuffix("durable-execution%2Fname%2Fid/checkpoint"))
    }

    /// A clock by which no sleep ends: nobody looks for changes.
    private var nobodyWakes: TimeSource { clock.source(realSleep: { _ in try await Task.sleep(for: .seconds(3_600)) }) }

    @Test("a long wait ends the invocation, and the next one goes on behind it")
    func longWait() async throws {
        let lambda = FakeLambda(clock: clock, time: nobodyWakes)
        let effects = Effects()
        @Sendable func body(_ scope: DurableScope) async throws -> JSONValue {
            _ = try await scope.step("one") {
                effects.add("one")
                return 1
            }
            let elapsed = try await scope.wait("settle", for: .seconds(3_600))
            return try await scope.step("two") {
                effects.add("two")
                return .bool(elapsed)
            }
        }
        #expect(try await lambda.invoke(body) == ["Status": "PENDING"])
        #expect(effects.all == ["one"])
        lambda.complete("2")
        #expect(try await lambda.invoke(body) == ["Status": "SUCCEEDED", "Result": "true"])
        #expect(effects.all == ["one", "two"])
    }

    @Test("code that catches the suspension records nothing more, and the run is suspended all the same")
    func caught() async throws {
        let lambda = FakeLambda(clock: clock, time: nobodyWakes)
        let answer = try await lambda.invoke { scope in
            do { try await scope.wait("settle", for: .seconds(3_600)) } catch {
                await #expect(throws: DurableSuspension.self) { try await scope.step("clean up") { nil } }
            }
            return "finished"
        }
        #expect(answer == ["Status": "PENDING"])
        #expect(lambda.updates == [["WAIT START 1"]])
    }

    @Test("a wait of a few seconds is waited for, and then until the service agrees that it is over")
    func shortWait() async throws {
        let fake = Locked<FakeLambda?>(nil)
        // The service's clock is behind: it completes the wait only after the third look.
        let time = clock.source { count in
            if count == 3 { fake.withLock { $0 }?.complete("1") }
        }
        let lambda = FakeLambda(clock: clock, time: time)
        fake.withLock { $0 = lambda }
        let answer = try await lambda.invoke { scope in
            try await scope.wait("blink", for: .seconds(2))
            return 1
        }
        #expect(answer == ["Status": "SUCCEEDED", "Result": "1"])
        #expect(clock.sleeps.first == .seconds(2))
        #expect(lambda.updates == [["WAIT START 1"], [], [], []])
    }

    @Test("a service that does not agree invokes the function again at its own time")
    func lateService() async throws {
        let lambda = FakeLambda(clock: clock)
        let answer = try await lambda.invoke { scope in
            try await scope.wait("blink", for: .seconds(2))
            return 1
        }
        #expect(answer == ["Status": "PENDING"])
    }

    @Test("without a new token the invocation records nothing more and says that the run is pending")
    func revoked() async throws {
        let lambda = FakeLambda(clock: clock, faults: [2: .noToken])
        let effects = Effects()
        @Sendable func body(_ scope: DurableScope) async throws -> JSONValue {
            for name in ["one", "two", "three"] {
                _ = try await scope.step(name) {
                    effects.add(name)
                    return nil
                }
            }
            return "done"
        }
        #expect(try await lambda.invoke(body) == ["Status": "PENDING"])
        #expect(lambda.calls.count == 2)
        #expect(try await lambda.invoke(body) == ["Status": "SUCCEEDED", "Result": "\"done\""])
        #expect(effects.all == ["one", "two", "three"])
    }

    @Test("a throttled call is tried again, and so is one whose answer was lost, as the same call")
    func repeated() async throws {
        let lambda = FakeLambda(
            clock: clock,
            faults: [
                1: .refused(429, "TooManyRequestsException", "slow down"),
                2: .refused(500, "ServiceException", "internal"), 4: .lost,
            ])
        let effects = Effects()
        let answer = try await lambda.invoke { scope in
            for name in ["one", "two"] {
                _ = try await scope.step(name) {
                    effects.add(name)
                    return nil
                }
            }
            return 1
        }
        #expect(answer["Status"] == "SUCCEEDED")
        #expect(effects.all == ["one", "two"])
        let tokens = lambda.calls.map { $0.body["ClientToken"]?.stringValue ?? "" }
        #expect(tokens.count == 5)
        #expect(tokens[0] == tokens[1])
        #expect(tokens[1] == tokens[2])
        #expect(tokens[3] == tokens[4])
        #expect(tokens[2] != tokens[3])
        #expect(lambda.calls[3].body["CheckpointToken"] == lambda.calls[4].body["CheckpointToken"])
    }

    @Test(
        "what another invocation can put right is thrown; what it cannot ends the execution",
        arguments: [
            (400, "InvalidParameterValueException", "Invalid checkpoint token: stale", DurableErrorCode.inUse),
            (503, "ServiceException", "down", .unavailable),
            (429, "TooManyRequestsException", "slow down", .unavailable),
            (400, "InvalidParameterValueException", "Invalid parent operation id.", nil),
            (403, "AccessDeniedException", "not authorized", nil), (404, "ResourceNotFoundException", "gone", nil),
            (502, "KMSDisabledException", "the key is disabled", nil),
        ])
    func refused(_ status: Int, _ code: String, _ message: String, _ thrown: DurableErrorCode?) async throws {
        let faults = Dictionary(
            uniqueKeysWithValues: (1...20).map { ($0, FakeLambda.Fault.refused(status, code, message)) })
        let lambda = FakeLambda(clock: clock, faults: faults)
        do {
            let answer = try await lambda.invoke { try await $0.step("one") { 1 } }
            #expect(thrown == nil)
            #expect(answer["Status"] == "FAILED")
            #expect(answer["Error"]?["ErrorType"] == "refused")
            #expect(answer["Error"]?["ErrorMessage"]?.stringValue?.contains(message) == true)
        } catch let error as DurableError {
            #expect(error.code == thrown)
        }
    }

    @Test("what the body throws ends the execution for good")
    func failed() async throws {
        let lambda = FakeLambda(clock: clock)
        let answer = try await lambda.invoke { _ in throw Boom() }
        #expect(
            answer == ["Status": "FAILED", "Error": ["ErrorType": "Boom", "ErrorMessage": "it went wrong"]])
    }

    @Test("a state of several pages is read whole", arguments: [1, 2, 3, 7, 8])
    func pages(_ size: Int) async throws {
        let lambda = FakeLambda(clock: clock, pageSize: size)
        let effects = Effects()
        @Sendable func body(_ scope: DurableScope) async throws -> JSONValue {
            for number in 1...6 {
                _ = try await scope.step("\(number)") {
                    effects.add("\(number)")
                    return nil
                }
            }
            try await scope.wait("wait", for: .seconds(60))
            return "done"
        }
        #expect(try await lambda.invoke(body) == ["Status": "PENDING"])
        lambda.complete("7")
        #expect(try await lambda.invoke(body) == ["Status": "SUCCEEDED", "Result": "\"done\""])
        #expect(effects.all == ["1", "2", "3", "4", "5", "6"])
    }

    @Test("results that are too large are an error, made again, or recorded apart, and never cut")
    func large() async throws {
        @Sendable func text(_ count: Int) -> JSONValue { .string(String(repeating: "x", count: count)) }
        // The quotes count too.
        let lambda = FakeLambda(clock: clock)
        let (most, tooMuch) = (text(1 << 20 - 2), text(1 << 20 - 1))
        #expect(try await lambda.invoke { try await $0.step("most") { most } }["Status"] == "SUCCEEDED")
        let answer = try await FakeLambda(clock: clock).invoke { try await $0.step("too much") { tooMuch } }
        #expect(answer["Error"]?["ErrorType"] == "limit")
        #expect(answer["Error"]?["ErrorMessage"]?.stringValue?.contains("store it elsewhere") == true)

        let children = FakeLambda(clock: clock)
        let effects = Effects()
        @Sendable func body(_ scope: DurableScope) async throws -> JSONValue {
            let result = try await scope.child("part") { part in
                _ = try await part.step("inner") {
                    effects.add("inner")
                    return 1
                }
                return .string(String(repeating: "y", count: 300_000))
            }
            try await scope.wait("wait", for: .seconds(60))
            return .integer(Int64(result.stringValue?.utf8.count ?? 0))
        }
        #expect(try await children.invoke(body) == ["Status": "PENDING"])
        #expect(children["1"]?["ContextDetails"]?["ReplayChildren"] == true)
        children.complete("2")
        #expect(try await children.invoke(body) == ["Status": "SUCCEEDED", "Result": "300000"])
        #expect(effects.all == ["inner"])

        let huge = FakeLambda(clock: clock)
        #expect(try await huge.invoke { _ in text(6 << 20) } == ["Status": "SUCCEEDED", "Result": ""])
        #expect(huge.updates == [["EXECUTION SUCCEED execution-result"]])
    }

    @Test("many branches are recorded in few calls of at most 250 updates")
    func batches() async throws {
        let lambda = FakeLambda(clock: clock)
        let answer = try await lambda.invoke { scope in
            try await scope.concurrently { branches in
                for number in 0..<300 {
                    branches.start("\(number)") { try await $0.step("step") { .integer(Int64(number)) } }
                }
            }
            return 1
        }
        #expect(answer["Status"] == "SUCCEEDED")
        #expect(lambda.updates.allSatisfy { $0.count <= 250 })
        #expect(lambda.calls.count < 30)
        #expect(lambda.updates.flatMap { $0 }.count == 1_200)
    }

    @Test("a signal ends a wait, unless the service has completed it in the same moment", arguments: [true, false])
    func cancelled(isCompleted: Bool) async throws {
        let lambda = FakeLambda(clock: clock, time: nobodyWakes)
        let answer = try await lambda.invoke { scope in
            let signal = DurableSignal()
            return try await scope.concurrently { branches in
                branches.start("lever") { scope in
                    try await scope.step("look") {
                        while lambda["2"] == nil { await Task.yield() }
                        if isCompleted { lambda.complete("2") }
                        signal.raise()
                        return nil
                    }
                }
                return .bool(try await scope.wait("hour", for: .seconds(3_600), unless: signal))
            }
        }
        #expect(answer == ["Status": "SUCCEEDED", "Result": .string("\(isCompleted)")])
        // Alone, because it may be refused.
        #expect(lambda.updates.contains(["WAIT CANCEL 2"]))
    }

    @Test("a callback ends the invocation until it is completed; what others sent need not be JSON")
    func callback() async throws {
        for (sent, expected) in [(#"{"by":"anna"}"#, #"{"by":"anna"}"#), ("yes, do it", #""yes, do it""#)] {
            let lambda = FakeLambda(clock: clock)
            @Sendable func body(_ scope: DurableScope) async throws -> JSONValue {
                let approval = try await scope.callback("approval", timeout: .seconds(60), heartbeat: .seconds(20))
                _ = try await scope.step("ask") { .string(approval.id) }
                return try await approval.result()
            }
            #expect(try await lambda.invoke(body) == ["Status": "PENDING"])
            #expect(
                lambda.calls[0].body["Updates"]?[0]?["CallbackOptions"]
                    == ["TimeoutSeconds": 60, "HeartbeatTimeoutSeconds": 20])
            #expect(lambda["2"]?["StepDetails"]?["Result"] == #""callback-1""#)
            lambda.complete("1", with: sent)
            #expect(try await lambda.invoke(body) == ["Status": "SUCCEEDED", "Result": .string(expected)])
        }
    }

    @Test("callbacks are completed by Lambda's three calls")
    func completion() async throws {
        let lambda = FakeLambda(clock: clock)
        let callbacks = try DurableCallbacks.lambda(aws: lambda.aws)
        try await callbacks.succeed("id=1", with: ["by": "anna"])
        try await callbacks.fail("id=1", DurableFailure(type: "Denied", message: "not today"))
        try await callbacks.heartbeat("id=1")
        #expect(
            lambda.calls.map(\.path)
                == ["succeed", "fail", "heartbeat"].map { "/durable-execution-callbacks/id%3D1/\($0)" })
        #expect(lambda.calls[0].body == ["by": "anna"])
        #expect(lambda.calls[1].body == ["ErrorType": "Denied", "ErrorMessage": "not today"])
    }

    @Test("one operation more than Lambda takes is an error before the step runs")
    func limit() async throws {
        let lambda = FakeLambda(clock: clock)
        let effects = Locked(0)
        lambda.fill(2_995)
        let answer = try await lambda.invoke { scope in
            for number in 1... {
                _ = try await scope.step("\(number)") {
                    effects.withLock { $0 += 1 }
                    return nil
                }
            }
            return nil
        }
        #expect(answer["Error"]?["ErrorType"] == "limit")
        #expect(answer["Error"]?["ErrorMessage"]?.stringValue?.contains("3000") == true)
        #expect(effects.withLock { $0 } == 5)
    }
}
