import Basics
import Glibc
import Subprocess
import SystemPackage

/// A child process in a process group of its own, which never outlives this process.
struct ChildProcess: Sendable {
    /// The program's path.
    var executable: String
    var arguments: [String] = []
    /// The whole environment of the child; nothing is inherited.
    var environment: [String: String]
    var directory: String?
    /// How long the process group may take to end after SIGTERM, before it gets SIGKILL.
    var grace = Duration.seconds(2)

    /// Runs the program to its end and returns how it ended, such as `exit status 1` or `signal 9`.
    ///
    /// When the task is cancelled the whole process group gets SIGTERM and, after `grace`, SIGKILL.
    /// - Parameters:
    ///   - log: gets standard output and standard error.
    ///   - started: called with the process id, which is the process group's id as well.
    /// - Throws: `LocalCloudError` when the program cannot be started.
    func run(log: LogPipe, started: @Sendable (Int32) async -> Void = { _ in }) async throws -> String {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)
        ]
        // SIGKILL of this process runs no clean-up, so the kernel is told to kill the children with it. The setting is
        // bound to the thread that starts the child: the library uses one thread that lives as long as this process.
        let setpriv = "/usr/bin/setpriv"
        let hasSetpriv = access(setpriv, X_OK) == 0
        let words = hasSetpriv ? ["--pdeathsig", "KILL", "--", executable] + arguments : arguments
        let variables = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        do {
            let outcome = try await Subprocess.run(
                .path(FilePath(hasSetpriv ? setpriv : executable)), arguments: Arguments(words),
                environment: .custom(Dictionary(uniqueKeysWithValues: variables)),
                workingDirectory: directory.map { FilePath($0) }, platformOptions: options, input: .none,
                output: .fileDescriptor(log.writeEnd, closeAfterSpawningProcess: false),
                error: .combinedWithOutput
            ) { execution in
                let processID = execution.processIdentifier.value
                await started(processID)
                return processID
            }
            kill(-outcome.closureResult, SIGKILL)  // processes that it has started and left behind
            log.drain()
            switch outcome.terminationStatus {
            case .exited(let code): return "exit status \(code)"
            case .signaled(let signal): return "signal \(signal)"
            }
        } catch let error as SubprocessError {
            throw LocalCloudError(.missingFile, "Cannot start \(executable): \(error)", underlying: error)
        }
    }
}

extension ChildProcess {
    /// Runs a server until the task is cancelled.
    /// - Throws: `CancellationError`; `LocalCloudError` with the program's last lines when it ends by itself.
    func runUntilCancelled(log: LogPipe, name: String) async throws -> Never {
        let end = try await run(log: log)
        try Task.checkCancellation()
        let tail = log.tail().map { "\n  \($0)" }.joined()
        throw LocalCloudError(
            .processEnded, "\(name) ended with \(end)." + (tail.isEmpty ? "" : " Its last lines:\(tail)"))
    }

    /// Runs a server for as long as the body runs.
    /// - Throws: what the body throws; `LocalCloudError` with the program's last lines when it ends by itself.
    func run<Result: Sendable>(
        alongside log: LogPipe, name: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await runUntilCancelled(log: log, name: name) }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
