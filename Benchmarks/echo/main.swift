import Basics
import Configuration
import FunctionRuntime
import LambdaRuntime

/// Answers with the event; what the benchmarks measure.
struct Echo: FunctionHandler {
    func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        FunctionResponse(bytes: event)
    }
}

/// Answers with the process's trace variable and tells of its end; what the tests look at.
struct Probe: ShutdownAware {
    func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        FunctionResponse(bytes: Array((Environment.current()["_X_AMZN_TRACE_ID"] ?? "none").utf8))
    }

    func shutDown() async {
        print("shut down")
    }
}

LambdaRuntime.run { environment, _ in
    try environment.parse { $0.flag("ECHO_PROBE", default: false) } ? Probe() as any FunctionHandler : Echo()
}
