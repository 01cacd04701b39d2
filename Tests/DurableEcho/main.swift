import AWS
import Basics
import DurableExecution
import FunctionRuntime
import Glibc
import JSON
import LambdaRuntime
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
            effects: effects, pause: .seconds(invocation.input["pause"]?.intValue ?? 0),
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

// Without arguments the Lambda function. Otherwise `durable-echo file PATH`, which prints the outcome.
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
do {
    try EventLoop.run { loop in
        let run = DurableRun.file(arguments[2])
        print(try await run.execute(time: .fast(loop)) { try await script.run($0) })
    }
} catch {
    print("\(error)")
    exit(1)
}
