import Basics
import CLinux
import Glibc
import Synchronization
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
        let process: CommandProcess
        do throws(SystemError) {
            process = try CommandProcess(command)
        } catch {
            return CommandOutcome(.failed("\(command.words[0]): \(error)"), after: clock.now - start)
        }
        return await withTaskCancellationHandler {
            let reason = await withTaskGroup(of: CommandOutcome.Ending?.self) { tasks in
                tasks.addTask { await limit(process) }
                await process.readUntilEnd(on: loop, output)
                tasks.cancelAll()
                return await tasks.next() ?? nil
            }
            let duration = clock.now - start
            // The command has ended; children that ignored SIGTERM may still run.
            if reason != nil { process.send(SIGKILL) }
            await process.readLateOutput(on: loop, for: lateOutputTime, atMost: Self.lateOutputLimit, output)
            let ending = process.reap()
            CommandProcess.reapOrphans()
            return CommandOutcome(reason ?? ending, after: duration)
        } onCancel: {
            process.send(SIGKILL)
        }
    }
}

extension CommandRun {
    /// Ends the processes when a limit is reached; returns which one, or nil when cancelled before.
    private func limit(_ process: CommandProcess) async -> CommandOutcome.Ending? {
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
}

/// A started command: its process group, and the pipe that it writes standard output and standard error to.
///
/// By `posix_spawn` and the event loop alone, which need neither /proc nor /dev. swift-subprocess, for one, resumes
/// tasks on dispatch's threads, and these end the process where they cannot read /proc.
private final class CommandProcess: Sendable {
    /// The first process, whose number is the group's.
    private let leader: pid_t
    private let output: Int32
    /// Becomes readable when the first process has ended.
    private let end: Int32
    private let isReaped = Mutex(false)

    /// Starts a command.
    /// - Throws: why it cannot be run, such as a program that is not there.
    init(_ command: Command) throws(SystemError) {
        let (input, output, end) = (try Pipe(), try Pipe(), try Pipe())
        // Only this end: the command expects writes that block.
        _ = fcntl(output.reader, F_SETFL, O_NONBLOCK)
        input.closeWriter()  // an empty standard input
        leader = try Self.spawn(command.words, input: input.reader, output: output.writer)
        self.output = output.takeReader()
        self.end = end.takeReader()
        try Self.close(end.takeWriter(), whenEnded: leader)
    }

    deinit {
        Glibc.close(output)
        Glibc.close(end)
    }

    /// Sends a signal to every process of the group that still runs.
    func send(_ signal: Int32) {
        isReaped.withLock { isReaped in
            if !isReaped { _ = kill(-leader, signal) }
        }
    }

    /// Waits for the first process; returns its exit code, or the negated number of the signal that ended it.
    func reap() -> CommandOutcome.Ending {
        var (process, status) = (pid_t(-1), Int32(0))
        repeat { process = waitpid(leader, &status, 0) } while process < 0 && errno == EINTR
        let error = SystemError.last
        isReaped.withLock { $0 = true }
        guard process == leader else { return .failed("its exit code is not known: \(error)") }
        let signal = status & 0x7F
        return .exited(signal == 0 ? status >> 8 & 0xFF : -signal)
    }

    /// Reaps processes without a parent, as the first process of a container must.
    static func reapOrphans() {
        guard getpid() == 1 else { return }
        while waitpid(-1, nil, WNOHANG) > 0 {}
    }
}

// MARK: - Output

extension CommandProcess {
    /// Passes output on until the first process has ended, or the task is cancelled.
    func readUntilEnd(on loop: EventLoop, _ body: (UnsafeRawBufferPointer) -> Void) async {
        var isOpen = true
        while true {
            do { try await loop.readable(isOpen ? [output, end] : [end]) } catch { return }
            if isOpen, read(body) == 0 { isOpen = false }
            var request = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
            if poll(&request, 1, 0) > 0 { return }
        }
    }

    /// Passes on what is left in the pipe and what other processes of the command still write, until they close it or
    /// a limit is reached.
    func readLateOutput(
        on loop: EventLoop, for time: Duration, atMost limit: Int, _ body: (UnsafeRawBufferPointer) -> Void
    ) async {
        let deadline = ContinuousClock.now + time
        var count = 0
        while count <= limit {
            if let read = read(body) {
                if read == 0 { return }
                count += read
                continue
            }
            let rest = deadline - .now
            guard rest > .zero else { return }
            do { try await loop.readable([output], timeout: rest) } catch { return }
        }
    }

    /// Passes one piece on and returns its size: 0 at the end, nil when there is nothing yet.
    private func read(_ body: (UnsafeRawBufferPointer) -> Void) -> Int? {
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
            var count = -1
            repeat { count = Glibc.read(output, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
            if count < 0 { return errno == EAGAIN ? nil : 0 }
            if count > 0 { body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            return count
        }
    }
}

// MARK: - Start

extension CommandProcess {
    /// Starts a program with the signals' default behaviour, as the first of a process group of its own, with no other
    /// descriptors than the standard ones.
    private static func spawn(_ words: [String], input: Int32, output: Int32) throws(SystemError) -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }

        var status: Int32 = 0
        // Kernels before 5.9 close the others only where there is /proc.
        for closesAll in [true, false] {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, input, 0)
            posix_spawn_file_actions_adddup2(&actions, output, 1)
            posix_spawn_file_actions_adddup2(&actions, output, 2)
            if closesAll {
                posix_spawn_file_actions_addclosefrom_np(&actions, 3)
            } else {
                for other: Int32 in 3..<1_024 { posix_spawn_file_actions_addclose(&actions, other) }
            }
            var process: pid_t = 0
            status = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
            if status == 0 { return process }
        }
        throw SystemError(status)
    }

    /// Closes a descriptor when a process has ended, on a thread of its own; does not reap the process.
    ///
    /// A pidfd would do without the thread, but old kernels and container runtimes do not have it.
    private static func close(_ descriptor: Int32, whenEnded process: pid_t) throws(SystemError) {
        let job = UnsafeMutablePointer<(process: pid_t, descriptor: Int32)>.allocate(capacity: 1)
        job.initialize(to: (process, descriptor))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let job = argument?.assumingMemoryBound(to: (process: pid_t, descriptor: Int32).self) else {
                    return nil
                }
                var information = siginfo_t()
                while waitid(P_PID, id_t(job.pointee.process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
                Glibc.close(job.pointee.descriptor)
                job.deallocate()
                return nil
            }, job)
        guard status != 0 else {
            pthread_detach(thread)
            return
        }
        job.deallocate()
        Glibc.close(descriptor)
        kill(-process, SIGKILL)
        waitpid(process, nil, 0)
        throw SystemError(status)
    }
}

/// Both ends of a pipe; it closes those that nobody has taken.
private final class Pipe {
    private(set) var reader: Int32
    private(set) var writer: Int32

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw .last }
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        if reader >= 0 { close(reader) }
        closeWriter()
    }

    func closeWriter() {
        if writer >= 0 { close(takeWriter()) }
    }

    func takeReader() -> Int32 {
        defer { reader = -1 }
        return reader
    }

    func takeWriter() -> Int32 {
        defer { writer = -1 }
        return writer
    }
}
