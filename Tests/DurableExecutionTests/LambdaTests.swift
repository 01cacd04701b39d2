import Foundation
import TestSupport
import Testing

@Suite(
    "a run under AWS's emulator and AWS's local runner",
    .enabled(
        if: LocalDurableRunner.isInstalled && DurableEcho.program != nil,
        "run ./build.sh setup, and swift build --product durable-echo"),
    .serialized)
struct LambdaTests {
    private func withRunner<R>(
        skipsTime: Bool = true, _ body: (LocalDurableRunner, _ effects: () throws -> [String]) throws -> R
    ) async throws -> R {
        try await Workspace.withTemporaryFolder { folder in
            let effects = folder.appending(path: "effects").path
            let runner = try LocalDurableRunner(
                bootstrap: try #require(DurableEcho.program), environment: ["EFFECTS": effects], skipsTime: skipsTime)
            defer { runner.stop() }
            return try body(runner) {
                try String(contentsOfFile: effects, encoding: .utf8).split(separator: "\n").map(String.init)
            }
        }
    }

    @Test("hours of waits, branches, retries, polls and a callback: done once, and waited for without a process")
    func wholeScript() async throws {
        try await withRunner { runner, effects in
            let execution = try runner.run(
                #"{"pause": 7200, "approval": true}"#, completingCallbacksWith: #"{"by": "anna"}"#)
            #expect(execution.status == "SUCCEEDED", "\(execution) \(runner.log)")
            let expected = DurableEcho.result.replacingOccurrences(
                of: #","ScriptError"#, with: #",{"by":"anna"},"ScriptError"#)
            #expect(execution.result == expected)
            let done = try effects()
            for name in DurableEcho.once + DurableEcho.steps {
                #expect(done.filter { $0 == name }.count == 1, "\(name)")
            }
            #expect(done.filter { $0 == "failing" }.count == 2)
            #expect(execution.events.filter { $0 == "WaitSucceeded" }.count == 3)
            #expect(execution.events.filter { $0 == "CallbackSucceeded" }.count == 1)
            // Settle, inner pause and the end; the branches, the callback and the retry end one only when the runner,
            // which skips their times, is slower than the function.
            #expect(execution.events.filter { $0 == "InvocationCompleted" }.count >= 3)
        }
    }

    @Test("a function that is killed inside a step goes on in another process, and does not repeat the step")
    func killed() async throws {
        try await withRunner { runner, effects in
            // The fifth point is behind the effect of the step "change".
            let execution = try runner.run(#"{"pause": 7200, "killAt": 5}"#)
            #expect(execution.status == "SUCCEEDED", "\(execution) \(runner.log)")
            let expected = DurableEcho.result.replacingOccurrences(of: #""change""#, with: #""interrupted""#)
            #expect(execution.result == expected)
            let done = try effects()
            for name in DurableEcho.once + DurableEcho.steps {
                #expect(done.filter { $0 == name }.count == 1, "\(name)")
            }
        }
    }
}
