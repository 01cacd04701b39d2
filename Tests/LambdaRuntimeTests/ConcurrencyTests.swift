import Basics
import FunctionRuntime
import JSON
import Logging
import TestSupport
import Testing
import Transport

@testable import LambdaRuntime

@Suite("concurrent invocations")
struct ConcurrencyTests {
    typealias API = RuntimeAPIServer

    @Test("eight at once, each on a connection of its own, each answered by itself, logs in JSON")
    func eight() async throws {
        let server = try API(next: (0..<16).map { API.event("id-\($0)", "\"\($0)\"") })
        let waiting = Locked<[CheckedContinuation<Void, Never>]>([])
        let most = Locked(0)
        let life = try await live(server, environment: ["AWS_LAMBDA_MAX_CONCURRENCY": "8"]) { _, _ in
            ClosureHandler { event, context in
                context.logger.info("handling")
                await withCheckedContinuation { continuation in  // all eight must be here before one goes on
                    let released = waiting.withLock { waiting -> [CheckedContinuation<Void, Never>] in
                        waiting.append(continuation)
                        guard waiting.count == 8 else { return [] }
                        defer { waiting = [] }
                        return waiting
                    }
                    most.withLock { $0 = max($0, released.count) }
                    for continuation in released { continuation.resume() }
                }
                return FunctionResponse(bytes: event)
            }
        }
        #expect(most.withLock { $0 } == 8)
        #expect(Set(server.answers) == Set((0..<16).map { "id-\($0)/response \"\($0)\"" }))
        let handled = try life.log.lines.map { try JSONValue(parsing: $0) }.filter { $0["message"] == "handling" }
        #expect(Set(handled.compactMap { $0["requestId"]?.stringValue }) == Set((0..<16).map { "id-\($0)" }))
        #expect(life.traces.isEmpty)
        #expect(life.error is LoggedError)
    }
}
