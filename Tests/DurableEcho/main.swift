import AWS
import Basics
import DurableExecution
import FunctionRuntime
import Glibc
import JSON
import LambdaRuntime
import StateStore
import Transport

/// The script as a durable Lambda function.
struct DurableEcho: FunctionHandler {
    let aws: AWSConfiguration
    let effects: String

    func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        guard let invocation = DurableInvocation(try JSONValue(parsing: event)) else {
            return FunctionResponse(json: "not durable")
        }
        let script = Script(
            effects: effects, killPoint: Int(invocation.input["killAt"]?.intValue ?? 0),
            pause: .seconds(invocation.input["pause"]?.intValue ?? 0),
            waitsForApproval: invocation.input["approval"] == true)
        return FunctionResponse(
            json: try await invocation.respond(aws: aws, deadline: context.deadline) { scope, _ in
                try await script.run(scope)
            })
    }
}

extension TimeSource {
    /// A clock that runs a thousand times as fast as time does.
    static func fast(_ loop: EventLoop) -> TimeSource {
        var source = live(loop)
        let start = Timestamp.now()
        source.now = { start + (Timestamp.now() - start) * 1_000 }
        source.sleep = { try await loop.sleep(for: $0 / 1_000) }
        return source
    }
}

// Without arguments the Lambda function. Otherwise `durable-echo file PATH` or `store BUCKET KEY`, which prints the
// outcome.
let arguments = CommandLine.arguments
let variables = Environment.current()
let effects = variables["EFFECTS"] ?? "/dev/null"
if arguments.count < 2 {
    LambdaRuntime.run { environment, loop in
        DurableEcho(aws: try AWSConfiguration(environment: environment.variables, loop: loop), effects: effects)
    }
}
let script = Script(
    effects: effects, killPoint: variables["KILL_AT"].flatMap { Int($0) } ?? 0, pause: .seconds(2))
if arguments[1] == "speed" {
    // `durable-echo speed PATH COUNT`: steps a second.
    let count = Int(arguments[3]) ?? 10_000
    try EventLoop.run { loop in
        for name in ["recorded", "replayed"] {
            let start = ContinuousClock.now
            _ = try? await DurableRun.file(arguments[2]).execute(time: .live(loop)) { scope in
                for number in 0..<count {
                    _ = try await scope.step("step \(number)") {
                        ["status": "succeeded", "output": ["id": "i-0123456789abcdef0"]]
                    }
                }
                throw CancellationError()
            }
            print("\(name): \(Int(Double(count) / ((ContinuousClock.now - start) / .seconds(1)))) steps a second")
        }
    }
    exit(0)
}
do {
    try EventLoop.run { loop in
        let run: DurableRun
        if arguments[1] == "store" {
            let aws = try AWSConfiguration(environment: variables.variables, loop: loop)
            run = .store(try .bucket(arguments[2], aws: aws), key: arguments[3], lease: .seconds(300))
        } else {
            run = .file(arguments[2])
        }
        let time = TimeSource.fast(loop)
        while true {
            do {
                print(try await run.execute(time: time) { try await script.run($0) })
                return
            } catch let error as DurableError where error.code == .inUse && arguments[1] == "store" {
                // Until the lease of the process that was killed is over.
                try await time.sleep(.seconds(50))
            }
        }
    }
} catch {
    print("\(error)")
    exit(1)
}
