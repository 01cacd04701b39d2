import Glibc
import Synchronization

/// Single keys from the terminal, without waiting for Enter and without echo.
///
/// The terminal is as it was before after ``restore()``. Signals by keys, Ctrl-C and Ctrl-Z, work as always.
public final class Keyboard: Sendable {
    /// The keys, until ``restore()`` or the end of the terminal.
    public let keys: AsyncStream<TerminalKey>

    private let terminal: Int32
    private let original: termios
    /// The reading end wakes the thread that reads.
    private let wakeUp: (reader: Int32, writer: Int32)
    private let isOpen = Mutex(true)

    /// Takes the terminal on standard input, or the controlling one when standard input is something else.
    ///
    /// Nil when there is none.
    public init?() {
        terminal = isatty(STDIN_FILENO) == 1 ? dup(STDIN_FILENO) : open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        var settings = termios()
        var ends: [Int32] = [0, 0]
        guard terminal >= 0, tcgetattr(terminal, &settings) == 0, pipe(&ends) == 0 else {
            if terminal >= 0 { close(terminal) }
            return nil
        }
        (original, wakeUp) = (settings, (ends[0], ends[1]))
        let continuation: AsyncStream<TerminalKey>.Continuation
        (keys, continuation) = AsyncStream.makeStream(of: TerminalKey.self)
        takeOver()
        let reading = Reading(keyboard: self, continuation: continuation)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Reading>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(reading).toOpaque())
        guard status == 0 else {
            restore()
            return nil
        }
        pthread_detach(thread)
    }

    deinit {
        close(terminal)
        close(wakeUp.reader)
        close(wakeUp.writer)
    }

    /// Turns off line editing and echo, again after the shell has turned them on: when the program is continued.
    public func takeOver() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            var settings = original
            settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
            set(settings)
        }
    }

    /// Gives the terminal back as it was, once; the keys end.
    public func restore() {
        let isFirst = isOpen.withLock { isOpen in
            guard isOpen else { return false }
            isOpen = false
            set(original)
            return true
        }
        if isFirst { _ = write(wakeUp.writer, "x", 1) }
    }

    /// Changes the terminal's settings.
    ///
    /// A job in the background would be stopped for it; the shell has set up the terminal for itself then.
    private func set(_ settings: termios) {
        guard isInForeground else { return }
        withUnsafePointer(to: settings) { _ = tcsetattr(terminal, TCSADRAIN, $0) }
    }

    private var isInForeground: Bool { tcgetpgrp(terminal) == getpgrp() }

    /// What the thread does that reads.
    private final class Reading: Sendable {
        let keyboard: Keyboard
        let continuation: AsyncStream<TerminalKey>.Continuation

        init(keyboard: Keyboard, continuation: AsyncStream<TerminalKey>.Continuation) {
            (self.keyboard, self.continuation) = (keyboard, continuation)
        }

        func run() {
            defer { continuation.finish() }
            while true {
                // In the background the keys are the shell's, and reading would stop the program.
                let isInForeground = keyboard.isInForeground
                var waiting = [
                    pollfd(fd: keyboard.wakeUp.reader, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: isInForeground ? keyboard.terminal : -1, events: Int16(POLLIN), revents: 0),
                ]
                let count = poll(&waiting, 2, 500)
                if count < 0, errno != EINTR { return }
                if waiting[0].revents != 0 { return }
                guard count > 0, waiting[1].revents != 0, keyboard.isInForeground else { continue }
                var bytes = [UInt8](repeating: 0, count: 64)
                let length = read(keyboard.terminal, &bytes, bytes.count)
                guard length > 0 else {
                    if length < 0, errno == EINTR { continue }
                    return
                }
                for key in TerminalKey.keys(in: bytes[..<length]) { continuation.yield(key) }
            }
        }
    }
}
