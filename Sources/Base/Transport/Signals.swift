import Basics
import CLinux
import Glibc
import Synchronization

extension EventLoop {
    /// Takes over these signals for as long as the result lives; afterwards they do what they did before.
    ///
    /// Nothing is blocked or ignored, so child processes start with the usual behaviour. A signal has one receiver in
    /// the process: the latest.
    /// - Throws: `TransportError` with `.system` when the process is out of descriptors or a number is no signal.
    public func signals(_ numbers: Int32...) async throws -> Signals {
        try await hop { try Signals(numbers, loop: self) }
    }

    /// Takes over these signals as a request to stop, from now on: one that arrives before ``StopRequest/wait()``
    /// counts.
    ///
    /// - Throws: as ``signals(_:)``.
    public func stopRequest(by numbers: Int32...) async throws -> StopRequest {
        StopRequest(try await hop { try Signals(numbers, loop: self) })
    }
}

/// A request to stop, made by the first of some signals; the second one ends the process at once, with exit status
/// 128 + its number.
public final class StopRequest: Sendable {
    private let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
    private let receiving: Task<Void, Never>

    fileprivate init(_ signals: Signals) {
        receiving = Task { [arrival] in
            guard (try? await signals.next()) != nil else { return }
            arrival.finish()
            guard let second = try? await signals.next() else { return }
            _exit(128 + second)
        }
    }

    deinit { receiving.cancel() }

    /// Returns when stopping is requested, or the task is cancelled; for one task only.
    public func wait() async {
        for await _ in arrived {}
    }
}

/// Signals sent to this process, as something a task can wait for.
public final class Signals: Sendable {
    private let numbers: [Int32]
    private let pipe: SignalPipe
    private let arrivals: Descriptor

    fileprivate init(_ numbers: [Int32], loop: EventLoop) throws(TransportError) {
        guard numbers.allSatisfy(SignalTable.numbers.contains) else {
            throw TransportError(.system, "cannot receive signals \(numbers): there are only \(SignalTable.numbers)")
        }
        self.numbers = numbers
        pipe = try SignalPipe.take()
        let reader = fcntl(pipe.reader, F_DUPFD_CLOEXEC, 0)
        guard reader >= 0 else { throw .system("receive signals", errno) }
        arrivals = try Descriptor(adopting: reader, loop: loop)
        for number in numbers { try SignalTable.forward(number, to: pipe.writer) }
        unblock()
    }

    /// Lets the loop's thread be interrupted by these signals: a program inherits the set that its parent has blocked.
    private func unblock() {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    deinit {
        for number in numbers { SignalTable.restore(number, from: pipe.writer) }
        arrivals.close()
        pipe.giveBack()
    }

    /// Waits for the next signal; those that came since the last call are kept.
    ///
    /// Two that come at the same moment may be delivered by two threads, in either order.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func next() async throws -> Int32 {
        try await arrivals.loop.hop { [arrivals] in
            while true {
                var number: UInt8 = 0
                if read(arrivals.number, &number, 1) == 1 { return Int32(number) }
                try await arrivals.readable()
            }
        }
    }
}

/// A pipe that a signal handler writes to.
///
/// It is given back and used again but never closed. Otherwise a handler that still runs on another thread could write
/// to a descriptor that has been given out again.
private struct SignalPipe {
    let reader: Int32
    let writer: Int32
    private static let unused = Locked<[SignalPipe]>([])

    static func take() throws(TransportError) -> SignalPipe {
        if let pipe = unused.withLock({ $0.popLast() }) {
            var byte: UInt8 = 0
            while read(pipe.reader, &byte, 1) == 1 {}
            return pipe
        }
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, socket_stream | socket_nonblocking, 0, &ends) == 0 else {
            throw .system("receive signals", errno)
        }
        return SignalPipe(reader: ends[0], writer: ends[1])
    }

    func giveBack() {
        Self.unused.withLock { $0.append(self) }
    }
}

/// Where the handler finds the pipe of each signal: plain atomics in memory that is never freed.
private enum SignalTable {
    /// The signals there are on Linux.
    static let numbers: Range<Int32> = 1..<65
    nonisolated(unsafe) private static let writers: UnsafeMutablePointer<Atomic<Int32>> = {
        let writers = UnsafeMutablePointer<Atomic<Int32>>.allocate(capacity: numbers.count + 1)
        for number in 0...numbers.count { (writers + number).initialize(to: Atomic(-1)) }
        return writers
    }()
    private static let previous = Locked<[Int32: sigaction]>([:])

    static func forward(_ number: Int32, to writer: Int32) throws(TransportError) {
        writers[Int(number)].store(writer, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let savedErrno = errno
            var byte = UInt8(truncatingIfNeeded: number)
            let writer = SignalTable.writers[Int(number)].load(ordering: .relaxed)
            if writer >= 0 { write(writer, &byte, 1) }
            errno = savedErrno
        }
        action.sa_flags = SA_RESTART
        sigfillset(&action.sa_mask)  // one after the other on each thread
        let status = previous.withLock { previous in
            var old = sigaction()
            let status = sigaction(number, &action, &old)
            if status == 0, previous[number] == nil { previous[number] = old }
            return status
        }
        guard status == 0 else { throw .system("receive signal \(number)", errno) }
    }

    /// Does nothing when somebody else has taken over the signal meanwhile.
    static func restore(_ number: Int32, from writer: Int32) {
        let (isOurs, _) = writers[Int(number)].compareExchange(expected: writer, desired: -1, ordering: .relaxed)
        guard isOurs else { return }
        previous.withLock { previous in
            guard var old = previous.removeValue(forKey: number) else { return }
            sigaction(number, &old, nil)
        }
    }
}
