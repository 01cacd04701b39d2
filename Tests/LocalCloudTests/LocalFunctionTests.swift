import Basics
import Foundation
import JSON
import LocalCloud
import Testing
import TestSupport

@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct LocalFunctionTests {
    private static let nameless = "the function reported an error without a message"
    private static let cut = "the function's response ended before its end"

    /// Runs one event through a new process of the function.
    private func invoke(_ event: String, environment: [String: String] = [:]) async throws -> InvocationResult {
        try await Bootstrap.with(environment: environment) { description in
            try await LocalFunction.host(description) { try await $0.invoke([UInt8](event.utf8)) }
        }
    }

    @Test func anEventIsHandledByTheProcess() async throws {
        let result = try await invoke(#"{"print": ["one", "two"], "é": 1}"#)
        #expect(String(decoding: result.payload, as: UTF8.self) == #"{"print": ["one", "two"], "é": 1}"#)
        #expect(result.error == nil)
        #expect(result.log == ["one", "two", "response 202"])
        #expect(result.contentType == "application/json")
        #expect(result.maxMemory > 1_000_000)
        #expect(try #require(result.initDuration) > .zero)
        #expect(result.duration > .zero)
    }

    @Test func theEnvironmentIsThatOfLambda() async throws {
        let result = try await invoke(#"{"do": "facts"}"#, environment: ["MINE": "1", "TZ": "UTC"])
        let facts = try JSONValue(parsing: result.payload)
        let variables = try #require(facts["environment"]?.objectValue)
        let expected = [
            "AWS_LAMBDA_FUNCTION_NAME": "scripted", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "_HANDLER": "bootstrap",
            "AWS_REGION": "us-east-1", "AWS_LAMBDA_LOG_FORMAT": "Text", "MINE": "1", "TZ": "UTC",
        ]
        for (name, value) in expected { #expect(variables[name]?.stringValue == value, "\(name)") }
        #expect(variables["LAMBDA_TASK_ROOT"]?.stringValue?.hasPrefix("/") == true)
        #expect(variables["HOME"] == nil, "nothing is inherited")

        let headers = try #require(facts["headers"])
        #expect(result.requestID == facts["id"]?.stringValue)
        #expect(facts["nonce"]?.stringValue?.isEmpty == false)
        #expect(
            headers["Lambda-Runtime-Invoked-Function-Arn"]?.stringValue
                == "arn:aws:lambda:us-east-1:123456789012:function:scripted"
        )
        let trace = headers["Lambda-Runtime-Trace-Id"]?.stringValue ?? ""
        #expect(trace.wholeMatch(of: /Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0/) != nil)
        let deadline = Double(headers["Lambda-Runtime-Deadline-Ms"]?.stringValue ?? "") ?? 0
        let left = deadline / 1000 - Date().timeIntervalSince1970
        #expect(left > 0)
        #expect(left <= 20, "20 s from the moment the event was handed out")
    }

    @Test(arguments: [
        (#"{"do": "error"}"#, "Sorry", "line one\nline two"),
        (#"{"do": "nameless", "header": "Function.Odd"}"#, "Function.Odd", Self.nameless),
        (#"{"do": "nameless", "header": "Function.odd"}"#, "Function.Unknown", Self.nameless),
        (#"{"do": "nameless", "header": "Unhandled"}"#, "Runtime.Unknown", Self.nameless),
        (#"{"do": "crash"}"#, "Runtime.ExitError", "the process ended with exit status 3"),
        (#"{"do": "broken stream", "pieces": ["ab"]}"#, "Broken", "mid-stream"),
        (#"{"do": "cut", "pieces": ["ab"]}"#, "Runtime.TruncatedResponse", Self.cut),
    ])
    func failuresAreResults(event: String, type: String, message: String) async throws {
        let result = try await invoke(event)
        #expect(result.error?.type == type)
        #expect(result.error?.message == message)
    }

    @Test(arguments: [
        (#"{"do": "mode"}"#, ["response 400", "response 202"]),
        (#"{"do": "stale"}"#, ["response 410", "response 202"]),
        (#"{"do": "twice"}"#, ["response 202", "response 403"]),
        (#"{"do": "unknown"}"#, ["response 400", "response 202"]),
        (#"not JSON at all"#, ["response 202"]),
    ])
    func wrongAnswersAreRefusedBeforeTheRightOne(event: String, log: [String]) async throws {
        let result = try await invoke(event)
        #expect(result.error == nil)
        #expect(String(decoding: result.payload, as: UTF8.self) == event)
        #expect(result.log == log)
    }

    @Test func aClosedConnectionGetsNoEvent() async throws {
        try await Bootstrap.with { description in
            try await LocalFunction.host(description) { function in
                for event in [#"{"do": "hang up"}"#, #"{"n": 2}"#, #"{"n": 3}"#] {
                    let result = try await function.invoke([UInt8](event.utf8))
                    #expect(String(decoding: result.payload, as: UTF8.self) == event)
                }
            }
        }
    }

    @Test(arguments: [(6_291_556, nil, "response 202"), (6_291_557, "Function.ResponseSizeTooLarge", "response 413")])
    func responsesAreLimitedAsOnLambda(bytes: Int, error: String?, line: String) async throws {
        let result = try await invoke(#"{"do": "large", "bytes": \#(bytes)}"#)
        #expect(result.error?.type == error)
        #expect(result.log == [line])
        if error == nil { #expect(result.payload.count == bytes) }
    }

    @Test func aStreamArrivesCompletely() async throws {
        let result = try await invoke(#"{"do": "stream", "pieces": ["a", "bc", "def"]}"#)
        #expect(result.error == nil)
        #expect(String(decoding: result.payload, as: UTF8.self) == "abcdef")
        #expect(result.contentType == "text/plain")
        #expect(result.log == ["stream 202"])
    }

    @Test func aTimeoutReplacesTheProcess() async throws {
        try await Bootstrap.with(timeout: .seconds(5)) { description in
            try await LocalFunction.host(description) { function in
                let late = try await function.invoke([UInt8](#"{"do": "late"}"#.utf8))
                #expect(late.error?.type == "Sandbox.Timedout")
                #expect(late.error?.message == "the function did not answer within 5 s")
                #expect(late.duration >= .seconds(5))
                let next = try await function.invoke([UInt8]("{}".utf8))
                #expect(next.error == nil)
                #expect(next.initDuration != nil, "it is a new process")
            }
        }
    }

    @Test func aCrashLosesOneEventOnly() async throws {
        try await Bootstrap.with { description in
            try await LocalFunction.host(description) { function in
                _ = try await function.invoke([UInt8](#"{"n": 1}"#.utf8))
                let crash = try await function.invoke([UInt8](#"{"do": "crash", "print": ["oh"]}"#.utf8))
                #expect(crash.error?.type == "Runtime.ExitError")
                #expect(crash.log == ["oh"])
                let next = try await function.invoke([UInt8](#"{"n": 2}"#.utf8))
                #expect(next.error == nil)
                #expect(next.initDuration != nil)
            }
        }
    }

    @Test(arguments: [
        ("CRASH_AT_START", "Runtime.ExitError", "the process ended with exit status 7", ["no luck"]),
        ("INIT_ERROR", "BadSettings", "X is missing", ["202"]),
    ])
    func aProcessThatCannotStartFailsWaitingEvents(
        variable: String, type: String, message: String, log: [String]
    ) async throws {
        let result = try await invoke("{}", environment: [variable: "1"])
        #expect(result.error?.type == type)
        #expect(result.error?.message == message)
        #expect(result.log == log)
    }

    @Test func workersOfOneProcessRunAtTheSameTime() async throws {
        try await Bootstrap.with(maximumConcurrency: 4) { description in
            try await LocalFunction.host(description) { function in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for n in 0..<4 {
                        let event = #"{"do": "meet", "n": \#(n)}"#
                        group.addTask {
                            let result = try await function.invoke([UInt8](event.utf8))
                            #expect(String(decoding: result.payload, as: UTF8.self) == event)
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func manyEventsWaitForTheirTurn() async throws {
        try await Bootstrap.with { description in
            try await LocalFunction.host(description) { function in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for n in 0..<50 {
                        group.addTask {
                            let event = [UInt8](#"{"n": \#(n)}"#.utf8)
                            let result = try await function.invoke(event)
                            #expect(result.payload == event)
                            #expect(result.log == ["response 202"])
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func theProcessMayCleanUpAfterSIGTERM() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let note = folder.appending(path: "note").path
            let result = try await invoke("{}", environment: ["ON_SIGTERM": note])
            #expect(result.log == ["registered 200", "response 202"])
            #expect(try String(contentsOfFile: note, encoding: .utf8) == "ended well")
        }
    }

    @Test func waitingCallersGetAResultAtTheEnd() async throws {
        let waiting = try await Bootstrap.with { description in
            try await LocalFunction.host(description) { function in
                let first = try await function.invoke([UInt8]("{}".utf8))
                #expect(first.error == nil)
                return Task { try await function.invoke([UInt8](#"{"do": "late"}"#.utf8)) }
            }
        }
        // It ran, it waited, or it was not even taken: it never hangs and never succeeds.
        switch await waiting.result {
        case .success(let result): #expect(["Runtime.ExitError", "Sandbox.Stopped"].contains(result.error?.type))
        case .failure(let error): #expect((error as? LocalCloudError)?.code == .stopped)
        }
    }

    @Test func aMissingProgramIsReportedAtOnce() async throws {
        await #expect {
            try await LocalFunction.host(FunctionDescription(name: "f", binary: "/nowhere/bootstrap")) { _ in }
        } throws: { error in
            "\(error)" == "/nowhere/bootstrap is not an executable file; the function f needs it."
        }
    }
}
