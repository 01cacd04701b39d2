import Basics
import CCurl
import Glibc

/// When the last byte of a transfer was seen, and the timer that looks whether that is too long ago.
struct IdleTime {
    /// By the loop's clock, as `start` is.
    fileprivate var lastProgress: UInt64 = 0
    fileprivate let start = EventLoop.nanoseconds()
    fileprivate var timer: LoopTimer?
    /// How many bytes were in the kernel's buffer when the timer last found the transfer silent.
    fileprivate var unsent = Int32.max

    /// Bytes were received just now, or this side began to take or give them again.
    mutating func noteProgress() { lastProgress = EventLoop.nanoseconds() }

    /// Bytes of the request were given to the kernel just now.
    mutating func noteSending() {
        noteProgress()
        unsent = .max
    }

    /// Forgets the timer.
    mutating func stop(on loop: EventLoop) { timer.take().map(loop.cancel) }
}

extension CurlTransfer {
    /// Ends the transfer when no byte moves for the request's `idleTimeout`.
    ///
    /// One timer for each transfer that has the limit. It is not set again at each byte: when it fires it waits for
    /// what is left since the last byte.
    func watchIdleTime() {
        guard let limit = request.idleTimeout else { return }
        checkIdleTime(in: limit, limit)
    }

    private func checkIdleTime(in time: Duration, _ limit: Duration) {
        // The timer keeps the transfer alive; `finish` always cancels it.
        idle.timer = loop.schedule(after: time) { [self] in
            let left = limit - silence()
            if left > .zero { return checkIdleTime(in: left, limit) }
            if isStillSending() { return checkIdleTime(in: limit, limit) }
            finish(.failure(idleError(limit)))
            onAbort()
        }
    }

    /// For how long nothing has been sent or received, from the moment when the connection was usable.
    private func silence() -> Duration {
        let now = EventLoop.nanoseconds()
        // `connectTimeout` limits the time before; while this side keeps the transfer waiting, nothing can move.
        let connected = easy.offset(CURLINFO_PRETRANSFER_TIME_T)
        if connected == 0 || isPaused || waitsForUpload { return .zero }
        let last = max(idle.lastProgress, idle.start + UInt64(connected) * 1_000)
        return last < now ? .nanoseconds(Int64(now - last)) : .zero
    }

    /// Whether the kernel sends the last part of an upload, which takes its time on a slow line.
    private func isStillSending() -> Bool {
        let unsent = unsentBytes
        defer { idle.unsent = unsent }
        return unsent > 0 && unsent < idle.unsent
    }

    /// How many bytes wait in the kernel's buffer for the peer to take them.
    private var unsentBytes: Int32 {
        var count: Int32 = 0
        return descriptor >= 0 && ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? count : 0
    }

    private func idleError(_ limit: Duration) -> TransportError {
        let progress = headIsComplete ? ", \(received) bytes of its body had come" : ""
        var error = TransportError(
            .timedOut, "\(target.authority) neither sent nor took anything for \(limit.text)\(progress)",
            host: target.authority, phase: phase, certificate: certificates.facts, timings: timings
        )
        error.timeLimit = limit
        return error
    }
}
