@preconcurrency import Dispatch  // its sources are safe from any thread, but not marked so
import Glibc
import Synchronization
import SystemPackage

/// The pipe that child processes write their standard output and error to, split into lines as they arrive.
///
/// The pipe outlives the processes that write to it. `drain()` reads what it holds at this moment: when a process has
/// answered or ended, its output is complete after that.
final class LogPipe: Sendable {
    /// The descriptor for the child process.
    let writeEnd: FileDescriptor
    private let readEnd: FileDescriptor
    private let source: any DispatchSourceRead
    private let state = Mutex(LogLines())
    private let onLine: @Sendable (String) -> Void

    /// Makes a pipe.
    /// - Parameter onLine: called with every line in order, from one thread at a time.
    init(onLine: @escaping @Sendable (String) -> Void) throws {
        (readEnd, writeEnd) = try FileDescriptor.pipe()
        for end in [readEnd, writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(readEnd.rawValue, F_SETFL, O_NONBLOCK)
        self.onLine = onLine
        source = DispatchSource.makeReadSource(fileDescriptor: readEnd.rawValue)
        source.setCancelHandler { [readEnd] in try? readEnd.close() }
        source.setEventHandler { [weak self] in self?.drain() }
        source.activate()
    }

    deinit {
        source.cancel()
        try? writeEnd.close()
    }

    /// Reads what the pipe holds now.
    func drain() {
        state.withLock { state in
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            while true {
                let count = buffer.withUnsafeMutableBytes { read(readEnd.rawValue, $0.baseAddress, $0.count) }
                guard count > 0 else { return }
                state.take(buffer[..<count], onLine)
            }
        }
    }

    /// The number of lines so far, for `lines(since:)`.
    var mark: Int { state.withLock { $0.dropped + $0.lines.count } }

    /// The lines after a mark.
    ///
    /// Old lines are dropped beyond 20,000.
    func lines(since mark: Int) -> [String] {
        state.withLock { Array($0.lines.dropFirst(max(0, mark - $0.dropped))) }
    }

    /// The last lines, for the message about a process that died.
    func tail(_ count: Int = 5) -> [String] {
        drain()
        return state.withLock { Array($0.lines.suffix(count)) }
    }
}

/// Splits bytes into lines and keeps the newest lines.
private struct LogLines {
    private static let maximumLines = 20_000
    /// Longer lines are split.
    private static let maximumLineBytes = 256 * 1024

    var lines: [String] = []
    var dropped = 0
    private var partial: [UInt8] = []

    mutating func take(_ bytes: ArraySlice<UInt8>, _ onLine: (String) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || partial.count == Self.maximumLineBytes { finishLine(onLine) }
            if byte != UInt8(ascii: "\n") { partial.append(byte) }
        }
    }

    private mutating func finishLine(_ onLine: (String) -> Void) {
        let line = String(decoding: partial, as: UTF8.self)
        partial.removeAll(keepingCapacity: true)
        lines.append(line)
        if lines.count > Self.maximumLines {
            lines.removeFirst(Self.maximumLines / 10)
            dropped += Self.maximumLines / 10
        }
        onLine(line)
    }
}
