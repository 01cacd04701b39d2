import Basics
import Glibc
import Processes
import Transport

/// Runs the command as a process group of its own, within its time limit, and passes its output on as it comes.
///
/// The command inherits the environment; its standard input is empty. The run ends when the command exits. What a
/// background process of it still writes is read until that closes the pipe, but for a short time only.
struct CommandRun: CommandExecuting {
    let command: Command
    let timeLimit: Duration?
    let stopTimeout: Duration
    let stop: StopSignal
    let time: TimeSource
    let loop: EventLoop
    /// How long output is read after the command has ended.
    var lateOutputTime = Duration.seconds(5)

    /// Between SIGTERM and SIGKILL.
    private static let grace = Duration.seconds(2)
    /// The most output that is read after the command has ended: a child may never stop writing.
    private static let lateOutputLimit = 1 << 20

    /// Prepares runs of a configuration's command.
    /// - Parameters:
    ///   - configuration: Command, time limit and stop time-out.
    ///   - stop: Starts the stop time-out.
    ///   - time: Waits for the limits; the duration is measured by the system's monotonic clock.
    ///   - loop: Waits for output.
    init(_ configuration: RunnerConfiguration, stop: StopSignal, time: TimeSource, loop: EventLoop) {
        self.command = configuration.command
        self.timeLimit = configuration.timeLimit
        self.stopTimeout = configuration.stopTimeout
        self.stop = stop
        self.time = time
        self.loop = loop
    }

    /// Runs the command once.
    func run(output: (UnsafeRawBufferPointer) -> Void) async -> CommandOutcome {
        let clock = ContinuousClock()
        let start = clock.now
        let process: ChildProcess
        do throws(SystemError) {
            process = try ChildProcess(command.words)
        } catch {
            return CommandOutcome(.failed("\(command.words[0]): \(error)"), after: clock.now - start)
        }
        return await withTaskCancellationHandler {
            let reason = await withTaskGroup(of: CommandOutcome.Ending?.self) { tasks in
                tasks.addTask { await limit(process) }
                _ = await process.readUntilEnd(on: loop) { output($1) }
                tasks.cancelAll()
                return await tasks.next() ?? nil
            }
            let duration = clock.now - start
            // The command has ended; children that ignored SIGTERM may still run.
            if reason != nil { process.send(SIGKILL) }
            await process.readLateOutput(on: loop, for: lateOutputTime, atMost: Self.lateOutputLimit) { output($1) }
            let ending = Self.ending(of: process)
            Self.reapOrphans()
            return CommandOutcome(reason ?? ending, after: duration)
        } onCancel: {
            process.send(SIGKILL)
        }
    }
}

extension CommandRun {
    /// Ends the processes when a limit is reached; returns which one, or nil when cancelled before.
    private func limit(_ process: ChildProcess) async -> CommandOutcome.Ending? {
        guard let reason = await reachedLimit() else { return nil }
        process.send(SIGTERM)
        try? await time.sleep(Self.grace)
        process.send(SIGKILL)
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

    private static func ending(of process: ChildProcess) -> CommandOutcome.Ending {
        do throws(SystemError) {
            return .exited(try process.reap())
        } catch {
            return .failed("its exit code is not known: \(error)")
        }
    }

    /// Reaps processes without a parent, as the first process of a container must.
    private static func reapOrphans() {
        guard getpid() == 1 else { return }
        while waitpid(-1, nil, WNOHANG) > 0 {}
    }
}
