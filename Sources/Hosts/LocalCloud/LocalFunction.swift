import Basics
import Glibc
import JSON

/// A function's real program, running under a local Lambda Runtime API.
///
/// There is one process at a time. When it ends, it is started again after a pause that grows with each failure.
public struct LocalFunction: Sendable {
    /// The program and its settings.
    public var description: FunctionDescription { host.description }
    private let host: FunctionHost
    private let onResult: @Sendable (InvocationResult) -> Void

    /// Lambda's limit for the time from a process's start until it asks for its first event.
    private static let initialisationTimeout = Duration.seconds(10)

    /// Hosts a function for as long as the body runs; then its process is ended (SIGTERM, after two seconds SIGKILL).
    /// - Parameters:
    ///   - log: called with every line that the process writes.
    ///   - onExit: called with a line for people each time that the process ends by itself.
    ///   - onResult: called with the result of each invocation.
    /// - Throws: `LocalCloudError` when the program is no executable file; what the body throws.
    public static func host<Result: Sendable>(
        _ description: FunctionDescription, log: @escaping @Sendable (String) -> Void = { _ in },
        onExit: @escaping @Sendable (String) -> Void = { _ in },
        onResult: @escaping @Sendable (InvocationResult) -> Void = { _ in },
        _ body: @Sendable (LocalFunction) async throws -> Result
    ) async throws -> Result {
        guard access(description.binary, X_OK) == 0 else {
            let (path, name) = (description.binary, description.name)
            throw LocalCloudError(.missingFile, "\(path) is not an executable file; the function \(name) needs it.")
        }
        let pipe = try LogPipe(onLine: log)
        let host = FunctionHost(description, log: pipe)
        return try await RuntimeAPI(host: host).serve { address in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await supervise(host, address, pipe, onExit) }
                defer { group.cancelAll() }
                return try await body(LocalFunction(host: host, onResult: onResult))
            }
        }
    }

    /// Invokes the function with an event; events wait for one another in the order of the calls.
    ///
    /// When the function reports an error, crashes or exceeds its timeout, the result says so; nothing is thrown.
    /// - Throws: `LocalCloudError` with the code `stopped`.
    public func invoke(_ event: [UInt8]) async throws -> InvocationResult {
        let result = try await host.invoke(event)
        onResult(result)
        return result
    }

    /// Starts the process and starts it again after each exit, until the task is cancelled.
    private static func supervise(
        _ host: FunctionHost, _ address: String, _ log: LogPipe, _ onExit: @Sendable (String) -> Void
    ) async {
        let child = ChildProcess(
            executable: host.description.binary, environment: host.description.variables(runtimeAPI: address),
            directory: host.description.taskRoot
        )
        var failures = 0
        while !Task.isCancelled {
            let end: String
            await host.processStarts()
            do {
                async let _ = host.endInitialisation(after: initialisationTimeout)
                end = try await child.run(log: log) { await host.processStarted($0) }
            } catch {
                end = "\(error)"
            }
            let given = await host.processEnded(end)
            if Task.isCancelled { break }
            failures = given > 0 ? 0 : failures + 1
            let pause = backOff(failures: failures)
            let when = pause > .zero ? " in \(pause.text)" : ""
            onExit("\(host.description.name) ended with \(end); starting it again\(when)")
            try? await Task.sleep(for: pause)
        }
        await host.stop()
    }

    /// The pause before a process is started again: none after one that worked, then 0.1 s, doubled up to 10 s.
    static func backOff(failures: Int) -> Duration {
        failures == 0 ? .zero : min(.milliseconds(100 << min(failures - 1, 10)), .seconds(10))
    }
}

/// The settings of a function that is hosted: its program, variables and limits.
public struct FunctionDescription: Sendable {
    /// The function's name, as in its ARN.
    public var name: String
    /// Path of the program: a `bootstrap` that speaks the Lambda Runtime API.
    public var binary: String
    /// Variables on top of Lambda's own, which they may replace.
    public var environment: [String: String]
    /// How long one invocation may take before the process is killed.
    public var timeout: Duration
    /// The memory size in MB that the function reads from its environment; it is not enforced.
    public var memorySize: Int
    /// The AWS region that the function reads from its environment.
    public var region: String
    /// How many events the process may handle at the same time; nil for Lambda's classic mode, one at a time.
    public var maximumConcurrency: Int?

    /// A function with Lambda's defaults, but for a timeout of 30 seconds.
    public init(
        name: String, binary: String, environment: [String: String] = [:], timeout: Duration = .seconds(30),
        memorySize: Int = 128, region: String = "us-east-1", maximumConcurrency: Int? = nil
    ) {
        self.name = name
        self.binary = binary
        self.environment = environment
        self.timeout = timeout
        self.memorySize = memorySize
        self.region = region
        self.maximumConcurrency = maximumConcurrency
    }

    /// The function's ARN, in the account that moto uses too.
    public var arn: String { "arn:aws:lambda:\(region):\(LocalPlace.account):function:\(name)" }

    /// The folder of the program.
    fileprivate var taskRoot: String {
        guard let slash = binary.lastIndex(of: "/") else { return "." }
        return slash == binary.startIndex ? "/" : String(binary[..<slash])
    }

    /// The environment of the process, as Lambda sets it.
    /// - Parameter runtimeAPI: host and port of the Runtime API.
    func variables(runtimeAPI: String) -> [String: String] {
        var variables = [
            "AWS_LAMBDA_RUNTIME_API": runtimeAPI,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(memorySize),
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/\(name)",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_LAMBDA_LOG_FORMAT": "Text",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "_HANDLER": "bootstrap",
            "LAMBDA_TASK_ROOT": taskRoot,
            "LAMBDA_RUNTIME_DIR": taskRoot,
            "TZ": ":UTC",
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin/:/bin",
        ]
        if let maximumConcurrency {
            variables["AWS_LAMBDA_MAX_CONCURRENCY"] = String(maximumConcurrency)
            variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "lambda-managed-instances"
            variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        }
        return variables.merging(environment) { _, given in given }
    }
}

/// The result of one invocation.
public struct InvocationResult: Sendable {
    /// The request id that the function got.
    public let requestID: String
    /// The function's response; after a failure the error as JSON, as Lambda's callers get it.
    public let payload: [UInt8]
    /// The response's content type, when the function sent one.
    public let contentType: String?
    /// Why the invocation failed; nil after a success.
    public let error: FunctionError?
    /// The lines that the process wrote during the invocation; for its first invocation, those of its start too.
    public let log: [String]
    /// The time from handing over the event until the function asked for the next one.
    public let duration: Duration
    /// The time from the start of the process until it asked for its first event; only in that event's result.
    public let initDuration: Duration?
    /// The process's peak memory so far, in bytes; 0 when it has ended.
    public let maxMemory: Int
}

/// Why an invocation failed, as reported by the function or, for crashes and timeouts, by the platform.
public struct FunctionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error, such as `EventError`, or the platform's `Sandbox.Timedout` and `Runtime.ExitError`.
    public let type: String
    /// The reason, for people.
    public let message: String

    /// `type: message`.
    public var description: String { "\(type): \(message)" }

    /// An error that the platform reports, such as a timeout.
    init(_ type: String, _ message: String) {
        self.type = type
        self.message = message
    }

    /// An error that the runtime reports, `{"errorMessage":…,"errorType":…}`.
    /// - Parameter header: the error type of the request's header, for a report without one.
    init(report: [UInt8], header: String) {
        let report = try? JSONValue(parsing: report)
        type = report?["errorType"]?.stringValue ?? header
        message = report?["errorMessage"]?.stringValue ?? "the function reported an error without a message"
    }

    /// The payload that the caller gets.
    var payload: [UInt8] {
        let json: JSONValue = ["errorMessage": .string(message), "errorType": .string(type)]
        return json.serialized()
    }
}
