import Basics
import Glibc

/// A function's real program, running under a local Lambda Runtime API.
///
/// One process at a time; it is started again, after a pause that grows, whenever it ends.
public struct LocalFunction: Sendable {
    /// What is hosted.
    public var description: FunctionDescription { host.description }
    private let host: FunctionHost

    /// The platform's limit for the time from a process's start until it asks for its first event.
    static let initialisationLimit = Duration.seconds(10)

    /// Hosts a function for as long as the body runs; then its process is ended (SIGTERM, after two seconds SIGKILL).
    /// - Parameters:
    ///   - log: called with every line that the process writes.
    ///   - trouble: called with a line about each time that the process ended by itself.
    /// - Throws: `LocalCloudError` when the program is no executable file; what the body throws.
    public static func host<Result: Sendable>(
        _ description: FunctionDescription, log: @escaping @Sendable (String) -> Void = { _ in },
        trouble: @escaping @Sendable (String) -> Void = { _ in },
        _ body: @Sendable (LocalFunction) async throws -> Result
    ) async throws -> Result {
        guard access(description.binary, X_OK) == 0 else {
            let (path, name) = (description.binary, description.name)
            throw LocalCloudError(.missingFile, "\(path) is not an executable file; the function \(name) needs it.")
        }
        let pipe = try LogPipe(onLine: log)
        let host = FunctionHost(description, log: pipe)
        return try await withLoopbackServer(RuntimeAPI(host: host)) { address in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await supervise(host, address, pipe, trouble) }
                defer { group.cancelAll() }
                return try await body(LocalFunction(host: host))
            }
        }
    }

    /// Has the function work on one event, after those that came before.
    ///
    /// A failure of the function (it reports an error, crashes, is too late) is in the result, not thrown.
    /// - Throws: `LocalCloudError` with the code `stopped`.
    public func invoke(_ event: [UInt8]) async throws -> InvocationResult { try await host.invoke(event) }

    /// Starts the process whenever there is none, until the task is cancelled.
    private static func supervise(
        _ host: FunctionHost, _ address: String, _ log: LogPipe, _ trouble: @Sendable (String) -> Void
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
                async let _ = host.endInitialisation(after: initialisationLimit)
                end = try await child.run(log: log) { await host.processStarted($0) }
            } catch {
                end = "\(error)"
            }
            let given = await host.processEnded(end)
            if Task.isCancelled { break }
            failures = given > 0 ? 0 : failures + 1
            let pause = backOff(failures: failures)
            let when = pause > .zero ? " in \(pause.text)" : ""
            trouble("\(host.description.name) ended with \(end); starting it again\(when)")
            try? await Task.sleep(for: pause)
        }
        await host.stop()
    }

    /// The pause before a process is started again: none after one that worked, then 0.1 s, doubled up to 10 s.
    static func backOff(failures: Int) -> Duration {
        failures == 0 ? .zero : min(.milliseconds(100 << min(failures - 1, 10)), .seconds(10))
    }
}
