import FunctionRuntime
import Logging
import Transport

/// What the platform tells the runtime through the environment.
struct RuntimeSettings: Sendable {
    /// `AWS_LAMBDA_RUNTIME_API` as given, for the `Host` header.
    let host: String
    let address: SocketAddress
    /// How many invocations run at the same time.
    ///
    /// Above 1 on Lambda Managed Instances only.
    let concurrency: Int
    let logFormat: LogFormat
    let logLevel: Logger.Level
    /// Where log frames go instead of standard output.
    let telemetryDescriptor: Int32?

    /// - Throws: `LambdaRuntimeError` with `.environment` when there is no Runtime API.
    init(_ environment: Environment) throws(LambdaRuntimeError) {
        guard let host = environment["AWS_LAMBDA_RUNTIME_API"] else {
            throw LambdaRuntimeError(
                .environment,
                "AWS_LAMBDA_RUNTIME_API is not set: AWS Lambda starts this program. "
                    + "To try it on this machine, use `tocsin invoke`"
            )
        }
        guard let address = Self.address(host) else {
            throw LambdaRuntimeError(.environment, "AWS_LAMBDA_RUNTIME_API is \"\(host)\", expected IP-ADDRESS:PORT")
        }
        self.host = host
        self.address = address
        concurrency = environment["AWS_LAMBDA_MAX_CONCURRENCY"].flatMap { Int($0) }.map { min(max($0, 1), 1_000) } ?? 1
        let wantsJSON = concurrency > 1 || environment["AWS_LAMBDA_LOG_FORMAT"]?.lowercased() == "json"
        logFormat = wantsJSON ? .json : .text
        logLevel = environment["AWS_LAMBDA_LOG_LEVEL"].flatMap { Logger.Level(platformName: $0) } ?? .info
        telemetryDescriptor = environment["_LAMBDA_TELEMETRY_LOG_FD"].flatMap { Int32($0) }
    }

    private static func address(_ host: String) -> SocketAddress? {
        guard let colon = host.lastIndex(of: ":"), let port = UInt16(host[host.index(after: colon)...]) else {
            return nil
        }
        let name = host[..<colon].filter { $0 != "[" && $0 != "]" }
        return SocketAddress(ip: name == "localhost" ? "127.0.0.1" : name, port: port)
    }
}
