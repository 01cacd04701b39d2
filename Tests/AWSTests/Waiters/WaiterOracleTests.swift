import AWSWaiters
import Basics
import JMESPath
import JSON
import TestSupport
import Testing

@testable import AWS
@testable import AWSWaiters

/// Every waiter of every shipped service against botocore's, with scripted answers.
@Suite(.enabled(if: Workspace.hasPython, "the Python environment is missing: run ./build.sh setup"))
struct WaiterOracleTests {
    @Test("ends after the same call and in the same way as botocore's waiter")
    func agrees() async throws {
        var ends: [String: Int] = [:]
        var names: Set<String> = []
        for line in try oracle("waiters.py", ["1", "12"] + TestModel.shipped.map(\.rawValue)) {
            let run = try JSONValue(parsing: line)
            let service = try #require(run["service"]?.stringValue.flatMap(TestModel.init))
            let name = try #require(run["waiter"]?.stringValue)
            let waiter = try Waiter(name, try #require(try service.model().waiters()[name]))
            guard let answers = run["answers"]?.arrayValue else {
                names.insert("\(service) \(name)")
                #expect(run["operation"]?.stringValue == waiter.operation)
                #expect(run["delay"]?.doubleValue == waiter.delay / .seconds(1))
                #expect(run["maximumAttempts"] == JSONValue(waiter.maximumAttempts))
                continue
            }
            let (end, calls) = await self.end(of: waiter, answers)
            ends[end, default: 0] += 1
            if .string(end) != run["outcome"] || JSONValue(calls) != run["calls"] {
                Issue.record("\(service) \(name): \(end) after \(counted(calls, "call"))\n\(line)")
            }
        }
        let all = try TestModel.shipped.flatMap { service in
            try service.model().waiters().keys.map { "\(service) \($0)" }
        }
        #expect(names == Set(all))
        #expect(ends.keys.sorted() == ["attempts", "error", "failure", "form", "success"])
    }

    /// How a wait for these answers ends, and after how many calls.
    private func end(of waiter: Waiter, _ answers: [JSONValue]) async -> (String, Int) {
        let clock = TestClock()
        let run = WaiterRun(
            waiter: waiter, delay: waiter.delay, maximumAttempts: answers.count, deadline: nil, time: clock.source)
        var calls = 0
        let end: String
        do {
            _ = try await run.wait(progress: { _ in }) {
                let answer = answers[calls]
                calls += 1
                let status = Int(answer["status"]?.intValue ?? 0)
                if let output = answer["output"] { return .output(output, status: status) }
                var error = AWSError(answer["error"]?.stringValue ?? "", "m")
                error.status = status
                throw error
            }
            end = "success"
        } catch let error as AWSWaiterError {
            end = [.failed: "failure", .tooManyAttempts: "attempts", .wrongOutput: "form"][error.code] ?? "\(error)"
        } catch is AWSError { end = "error" } catch { end = "\(error)" }
        #expect(clock.sleeps == Array(repeating: waiter.delay, count: calls - 1))
        return (end, calls)
    }
}
