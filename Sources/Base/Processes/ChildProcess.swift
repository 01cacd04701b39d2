public import Basics
import CLinux
import Glibc
import Synchronization
public import Transport

/// A started program, and the pipes that it writes its output to.
///
/// By `posix_spawn` and the event loop alone, which need neither /proc nor /dev. swift-subprocess, for one, resumes
/// tasks on dispatch's threads, and these end the process where they cannot read /proc. ``ChildCommand`` is the simple
/// way to run one to its end.
public final class ChildProcess: Sendable {
    /// What the program is connected to, beside the pipe of its standard output.
    public struct Options: Sendable {
        /// Its whole environment; nil for that of this process.
        public var environment: [String: String]?
        /// Whether it reads this process's standard input, and not an empty one.
        public var inheritsInput = false
        /// What it reads from its standard input; nil for an empty one.
        public var input: [UInt8]?
        /// Where its standard error goes.
        public var errors = ErrorStream.withOutput
        /// Whether it leads a process group of its own, which then gets the signals.
        ///
        /// A program of a group in the background cannot ask for anything at a terminal.
        public var ownGroup = true

        /// This process's environment, empty input, one pipe for both outputs, a group of its own.
        public init() {}
    }

    /// Where standard error goes.
    public enum ErrorStream: Sendable {
        /// Into the pipe of standard output.
        case withOutput
        /// Into a pipe of its own.
        case separate
        /// Where this process's standard error goes.
        case inherited
    }

    /// The pipe that a piece of output comes from.
    public enum Stream: Sendable {
        case output
        case errors
    }

    private let leader: pid_t
    private let hasGroup: Bool
    private let output: Int32
    /// The pipe of standard error; nil when it has none of its own.
    private let errors: Int32?
    /// Becomes readable when the program has ended.
    private let end: Int32
    private let isReaped = Mutex(false)

    /// Starts a program with the signals' default behaviour and no other descriptors than the standard ones.
    /// - Parameter words: the program, which is looked up in this process's `PATH`, and its arguments.
    /// - Throws: why it cannot be run, such as a program that is not there.
    public init(_ words: [String], _ options: Options = Options()) throws(SystemError) {
        let (input, output, end) = (try Pipe(), try Pipe(), try Pipe())
        let errors = options.errors == .separate ? try Pipe() : nil
        // Only this end: the program expects writes that block.
        for pipe in [output, errors] { if let pipe { _ = fcntl(pipe.reader, F_SETFL, O_NONBLOCK) } }
        input.closeWriter()  // an empty standard input
        let content = try options.input.map { bytes throws(SystemError) in try Self.file(of: bytes) }
        defer { if let content { Glibc.close(content) } }
        let errorTarget =
            switch options.errors {
            case .withOutput: output.writer
            case .separate: errors?.writer ?? output.writer
            case .inherited: STDERR_FILENO
            }
        leader = try Self.spawn(
            words, options,
            [content ?? (options.inheritsInput ? STDIN_FILENO : input.reader), output.writer, errorTarget])
        hasGroup = options.ownGroup
        self.output = output.takeReader()
        self.errors = errors?.takeReader()
        self.end = end.takeReader()
        try Self.close(end.takeWriter(), whenEnded: leader)
    }

    deinit {
        Glibc.close(output)
        if let errors { Glibc.close(errors) }
        Glibc.close(end)
    }

    /// Sends a signal to the program, or to every process of its group that still runs.
    public func send(_ signal: Int32) {
        isReaped.withLock { isReaped in
            if !isReaped { _ = kill(hasGroup ? -leader : leader, signal) }
        }
    }

    /// Waits until the program has ended; returns its exit code, or the negated number of the signal that ended it.
    ///
    /// Blocks the thread: call it when ``readUntilEnd(on:until:_:)`` has returned true, or after SIGKILL.
    public func reap() throws(SystemError) -> Int32 {
        var (process, status) = (pid_t(-1), Int32(0))
        repeat { process = waitpid(leader, &status, 0) } while process < 0 && errno == EINTR
        let error = SystemError.last
        isReaped.withLock { $0 = true }
        guard process == leader else { throw error }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : -signal
    }
}

// MARK: - Output

extension ChildProcess {
    /// Passes output on until the program has ended, the deadline has passed, or the task is cancelled.
    /// - Returns: whether the program has ended; some of its output may still be in the pipes then.
    public func readUntilEnd(
        on loop: EventLoop, until deadline: ContinuousClock.Instant? = nil,
        _ body: (Stream, UnsafeRawBufferPointer) -> Void
    ) async -> Bool {
        var open = streams
        while true {
            let rest = deadline.map { $0 - .now }
            if let rest, rest <= .zero { return false }
            do { try await loop.readable(open.map(\.descriptor) + [end], timeout: rest) } catch { return false }
            open.removeAll { read($0, body) == 0 }
            var request = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
            if poll(&request, 1, 0) > 0 { return true }
        }
    }

    /// Passes on what is left in the pipes and what other processes still write, until they close them or a limit is
    /// reached.
    public func readLateOutput(
        on loop: EventLoop, for time: Duration, atMost limit: Int, _ body: (Stream, UnsafeRawBufferPointer) -> Void
    ) async {
        let deadline = ContinuousClock.now + time
        var open = streams
        var count = 0
        while count <= limit {
            var isIdle = true
            open.removeAll { stream in
                guard let read = read(stream, body) else { return false }
                if read > 0 { isIdle = false }
                count += read
                return read == 0
            }
            if open.isEmpty { return }
            guard isIdle else { continue }
            let rest = deadline - .now
            guard rest > .zero else { return }
            do { try await loop.readable(open.map(\.descriptor), timeout: rest) } catch { return }
        }
    }

    private var streams: [(stream: Stream, descriptor: Int32)] {
        [(.output, output)] + (errors.map { [(.errors, $0)] } ?? [])
    }

    /// Passes one piece on and returns its size: 0 at the end, nil when there is nothing yet.
    private func read(
        _ source: (stream: Stream, descriptor: Int32), _ body: (Stream, UnsafeRawBufferPointer) -> Void
    ) -> Int? {
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
            var count = -1
            repeat {
                count = Glibc.read(source.descriptor, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            if count < 0 { return errno == EAGAIN ? nil : 0 }
            if count > 0 { body(source.stream, UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            return count
        }
    }
}

// MARK: - Start

extension ChildProcess {
    /// A file in memory, open at its start: a pipe would hold 64 KiB and then wait for its reader.
    private static func file(of bytes: [UInt8]) throws(SystemError) -> Int32 {
        let file = memfd_create("input", memory_file_close_on_exec)
        guard file >= 0 else { throw .last }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                let error = SystemError.last
                Glibc.close(file)
                throw error
            }
            rest = rest.dropFirst(max(0, count))
        }
        lseek(file, 0, SEEK_SET)
        return file
    }

    /// - Parameter standard: what becomes standard input, output and error.
    private static func spawn(
        _ words: [String], _ options: Options, _ standard: [Int32]
    ) throws(SystemError) -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let group = options.ownGroup ? POSIX_SPAWN_SETPGROUP : 0
        posix_spawnattr_setflags(&attributes, Int16(group | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var variables = options.environment.map { $0.map { strdup("\($0)=\($1)") } + [nil] }
        defer { for variable in variables ?? [] { free(variable) } }

        var status: Int32 = 0
        // Kernels before 5.9 close the others only where there is /proc.
        for closesAll in [true, false] {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            for (number, descriptor) in standard.enumerated() {
                posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
            }
            if closesAll {
                posix_spawn_file_actions_addclosefrom_np(&actions, 3)
            } else {
                for other: Int32 in 3..<1_024 { posix_spawn_file_actions_addclose(&actions, other) }
            }
            var process: pid_t = 0
            status =
                variables?.withUnsafeMutableBufferPointer { variables in
                    posix_spawnp(&process, words[0], &actions, &attributes, &arguments, variables.baseAddress)
                } ?? posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
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
        kill(process, SIGKILL)
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
