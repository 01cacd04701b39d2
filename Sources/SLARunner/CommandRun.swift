internal import Glibc
internal import Subprocess
internal import SystemPackage
public import Transport

/// Runs the command as a process group of its own, within its time limit, and hands its output on as it comes.
///
/// The command inherits the environment; its standard input is empty. The run ends with the command itself: a
/// background process that it leaves behind goes on, but no longer reaches the output.
public struct CommandRun: CommandExecuting {
    let command: Command
    let timeLimit: Duration?
    let stopTimeout: Duration
    let stop: StopSignal
    let time: TimeSource

    /// Between the polite signal and the one that cannot be refused.
    private static let grace = Duration.seconds(2)
    /// What a pipe can still hold when the command has ended.
    private static let pipeCapacity = 1 << 20

    /// Prepares runs of a configuration's command.
    /// - Parameters:
    ///   - configuration: Command, time limit and stop time-out.
    ///   - stop: Starts the stop time-out.
    ///   - time: Waits for the limits; the duration is measured by the system's monotonic clock.
    public init(_ configuration: Configuration, stop: StopSignal, time: TimeSource) {
        self.command = configuration.command
        self.timeLimit = configuration.timeLimit
        self.stopTimeout = configuration.stopTimeout
        self.stop = stop
        self.time = time
    }

    /// Runs the command once.
    public func run(output: (UnsafeRawBufferPointer) -> Void) async -> CommandOutcome {
        let processes = ProcessGroup()
        let clock = ContinuousClock()
        let start = clock.now
        let ending = await withTaskGroup(of: CommandOutcome.Ending?.self) { tasks in
            tasks.addTask { await limit(processes) }
            let ending = await execute(in: processes, output: output)
            tasks.cancelAll()
            guard let reason = await tasks.next() ?? nil else { return ending }
            // The command has gone; children that ignored the polite signal have not.
            processes.send(SIGKILL)
            return reason
        }
        ProcessGroup.reapOrphans()
        return CommandOutcome(ending, after: clock.now - start)
    }

    private func execute(
        in processes: ProcessGroup, output: (UnsafeRawBufferPointer) -> Void
    ) async -> CommandOutcome.Ending {
        // Opened here: swift-subprocess 1.0.2 crashes when its own `.none` cannot be, as without /dev or descriptors.
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
                    // A child left behind may write for ever.
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
