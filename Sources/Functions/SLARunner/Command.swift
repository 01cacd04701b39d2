import Basics
import Glibc
import JSON
import Subprocess
import Synchronization
import SystemPackage
import Transport

/// The test command, read from `SLARUNNER_COMMAND`.
enum Command: Sendable, Hashable {
    /// A line for `/bin/sh -c`.
    case shell(String)
    /// A program and its arguments, run without a shell.
    case direct([String])

    fileprivate static let shellPath = "/bin/sh"

    /// Reads the variable: a JSON array of strings such as `["/app/test", "-x"]` is run directly, all else by a shell.
    ///
    /// Without a shell, as in an image made `FROM scratch`, a line without shell syntax is split at its spaces and run
    /// directly.
    /// - Throws: ``SLARunnerError`` `noShell` when the line needs a shell that is not there.
    init(_ text: String, hasShell: Bool) throws(SLARunnerError) {
        if let words = Self.jsonArray(text) {
            self = .direct(words)
        } else if hasShell {
            self = .shell(text)
        } else if Self.needsShell(text) {
            throw SLARunnerError(
                .noShell,
                "SLARUNNER_COMMAND needs \(Self.shellPath), which is not here. Add a shell, or name a program and "
                    + #"its arguments as a JSON array: SLARUNNER_COMMAND='["/app/test", "-x"]'"#)
        } else {
            self = .direct(text.split(separator: " ").map(String.init))
        }
    }

    /// Whether this machine has a shell.
    static var hasShell: Bool { access(shellPath, X_OK) == 0 }

    private static func jsonArray(_ text: String) -> [String]? {
        guard text.hasPrefix("["), let items = try? JSONValue(parsing: text).arrayValue else { return nil }
        let words = items.compactMap(\.stringValue)
        return words.isEmpty || words.count < items.count ? nil : words
    }

    private static func needsShell(_ text: String) -> Bool {
        text.contains { !$0.isASCII || "\n\t\\'\"`$&|;<>()[]{}*?!#~=%".contains($0) } || text.allSatisfy { $0 == " " }
    }
}

/// Runs the test command: `CommandRun`, or a script in tests of the loop.
protocol CommandExecuting: Sendable {
    /// Runs the command once, to its end.
    /// - Parameter output: Called with each piece of standard output and standard error, in the order of their arrival.
    ///
    /// Cancelling the task kills the command and its children at once.
    func run(output: (UnsafeRawBufferPointer) -> Void) async -> CommandOutcome
}

/// How a command ended.
struct CommandOutcome: Sendable, Hashable {
    /// The reason of the end.
    enum Ending: Sendable, Hashable {
        /// Its exit code, or the negated number of the signal that ended it.
        case exited(Int32)
        /// It could not be run, for this reason.
        case failed(String)
        /// It ran longer than its limit and was killed.
        case timedOut
        /// The runner was asked to stop and the command did not end in time: there is no result.
        case stopped
    }

    let ending: Ending
    /// How long it ran, by the monotonic clock.
    let duration: Duration

    init(_ ending: Ending, after duration: Duration) {
        self.ending = ending
        self.duration = duration
    }

    /// Whether the command exited with 0.
    var succeeded: Bool { ending == .exited(0) }

    /// The exit code to show; as in shells, 127 for a program that could not be run and 124 after the time limit.
    var exitCode: Int32 {
        switch ending {
        case .exited(let code): code
        case .failed: 127
        case .timedOut, .stopped: 124
        }
    }
}

/// Runs the command as a process group of its own, within its time limit, and passes its output on as it comes.
///
/// The command inherits the environment; its standard input is empty. The run ends when the command exits: a background
/// process that it leaves behind goes on, but its output is not read any more.
struct CommandRun: CommandExecuting {
    let command: Command
    let timeLimit: Duration?
    let stopTimeout: Duration
    let stop: StopSignal
    let time: TimeSource

    /// Between SIGTERM and SIGKILL.
    private static let grace = Duration.seconds(2)
    /// The most bytes that a pipe can still hold when the command has ended.
    private static let pipeCapacity = 1 << 20

    /// Prepares runs of a configuration's command.
    /// - Parameters:
    ///   - configuration: Command, time limit and stop time-out.
    ///   - stop: Starts the stop time-out.
    ///   - time: Waits for the limits; the duration is measured by the system's monotonic clock.
    init(_ configuration: RunnerConfiguration, stop: StopSignal, time: TimeSource) {
        self.command = configuration.command
        self.timeLimit = configuration.timeLimit
        self.stopTimeout = configuration.stopTimeout
        self.stop = stop
        self.time = time
    }

    /// Runs the command once.
    func run(output: (UnsafeRawBufferPointer) -> Void) async -> CommandOutcome {
        let processes = ProcessGroup()
        let clock = ContinuousClock()
        let start = clock.now
        let ending = await withTaskGroup(of: CommandOutcome.Ending?.self) { tasks in
            tasks.addTask { await limit(processes) }
            let ending = await execute(in: processes, output: output)
            tasks.cancelAll()
            guard let reason = await tasks.next() ?? nil else { return ending }
            // The command has ended; children that ignored SIGTERM may still run.
            processes.send(SIGKILL)
            return reason
        }
        ProcessGroup.reapOrphans()
        return CommandOutcome(ending, after: clock.now - start)
    }

    private func execute(
        in processes: ProcessGroup, output: (UnsafeRawBufferPointer) -> Void
    ) async -> CommandOutcome.Ending {
        // Opened here: swift-subprocess 1.0.2 crashes when its `.none` cannot open it, as without /dev or descriptors.
        guard let nothing = try? FileDescriptor.open("/dev/null", .readOnly) else {
            return .failed("/dev/null cannot be opened")
        }
        defer { try? nothing.close() }
        do {
            let result = try await Subprocess.run(
                subprocess, input: .fileDescriptor(nothing, closeAfterSpawningProcess: false), output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                processes.started(execution.processIdentifier.value)
                var late = 0
                for try await piece in execution.standardOutput {
                    piece.withUnsafeBytes(output)
                    // A child that was left behind may never stop writing.
                    if processes.leaderHasEnded { late += piece.count }
                    if late > Self.pipeCapacity { break }
                }
            }
            switch result.terminationStatus {
            case .exited(let code): return .exited(code)
            case .signaled(let signal): return .exited(-signal)
            }
        } catch {
            return .failed("\(error)")
        }
    }

    private var subprocess: Subprocess.Configuration {
        let words =
            switch command {
            case .shell(let line): [Command.shellPath, "-c", line]
            case .direct(let words): words
            }
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        return Subprocess.Configuration(
            executable: words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
            arguments: .init(Array(words.dropFirst())), platformOptions: options)
    }
}

extension CommandRun {
    /// Ends the processes when a limit is reached; returns which one, or nil when cancelled before.
    private func limit(_ processes: ProcessGroup) async -> CommandOutcome.Ending? {
        guard let reason = await reachedLimit() else { return nil }
        processes.send(SIGTERM)
        try? await time.sleep(Self.grace)
        processes.send(SIGKILL)
        return reason
    }

    private func reachedLimit() async -> CommandOutcome.Ending? {
        await withTaskGroup(of: CommandOutcome.Ending?.self) { tasks in
            if let timeLimit {
                tasks.addTask { await sleeps(timeLimit) ? .timedOut : nil }
            }
            tasks.addTask {
                await stop.wait()
                return await sleeps(stopTimeout) ? .stopped : nil
            }
            defer { tasks.cancelAll() }
            return await tasks.next() ?? nil
        }
    }

    /// Whether the whole time has passed, false when cancelled before.
    private func sleeps(_ duration: Duration) async -> Bool {
        do { try await time.sleep(duration) } catch { return false }
        return true
    }
}

/// A command and the processes it started, reached by one signal.
private final class ProcessGroup: Sendable {
    private let leader = Mutex<pid_t?>(nil)

    /// Sets the group's first process, whose number is the group's.
    func started(_ pid: pid_t) { leader.withLock { $0 = pid } }

    /// Sends a signal to every process of the group that still runs.
    func send(_ signal: Int32) {
        leader.withLock { pid in
            if let pid { _ = kill(-pid, signal) }
        }
    }

    /// Whether the first process has ended; it is not reaped yet, so its number cannot belong to another process.
    var leaderHasEnded: Bool {
        leader.withLock { pid in
            guard let pid else { return false }
            var status = siginfo_t()
            return waitid(P_PID, id_t(pid), &status, WEXITED | WNOHANG | WNOWAIT) == 0 && status.si_signo == SIGCHLD
        }
    }

    /// Reaps processes without a parent, as the first process of a container must.
    static func reapOrphans() {
        guard getpid() == 1 else { return }
        while waitpid(-1, nil, WNOHANG) > 0 {}
    }
}
