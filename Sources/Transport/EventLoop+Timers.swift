import Glibc

/// Something to do at a time; also the handle that cancels it.
final class LoopTimer {
    fileprivate let deadline: UInt64
    fileprivate let action: () -> Void
    fileprivate var position: Int?

    fileprivate init(deadline: UInt64, action: @escaping () -> Void) {
        self.deadline = deadline
        self.action = action
    }
}

/// A binary heap with the earliest deadline first; a timer knows its position, so removing one costs O(log n).
struct TimerHeap {
    private var timers: [LoopTimer] = []

    var next: LoopTimer? { timers.first }

    mutating func insert(_ timer: LoopTimer) {
        timers.append(timer)
        timer.position = timers.count - 1
        moveUp(timers.count - 1)
    }

    mutating func remove(_ timer: LoopTimer) {
        guard let position = timer.position else { return }
        timer.position = nil
        let last = timers.removeLast()
        guard position < timers.count else { return }
        place(last, at: position)
        moveUp(position)
        moveDown(position)
    }

    /// How long `epoll_wait` may wait: rounded up, so that it never wakes just before a deadline; -1 for ever.
    func millisecondsToNext() -> Int32 {
        guard let next else { return -1 }
        let now = EventLoop.nanoseconds()
        guard next.deadline > now else { return 0 }
        return Int32(min((next.deadline - now - 1) / 1_000_000 + 1, UInt64(Int32.max)))
    }

    private mutating func place(_ timer: LoopTimer, at position: Int) {
        timers[position] = timer
        timer.position = position
    }

    private mutating func moveUp(_ start: Int) {
        var position = start
        while position > 0, timers[position].deadline < timers[(position - 1) / 2].deadline {
            exchange(position, (position - 1) / 2)
            position = (position - 1) / 2
        }
    }

    private mutating func moveDown(_ start: Int) {
        var position = start
        while true {
            let children = [2 * position + 1, 2 * position + 2].filter { $0 < timers.count }
            guard let child = children.min(by: { timers[$0].deadline < timers[$1].deadline }),
                timers[child].deadline < timers[position].deadline
            else { return }
            exchange(position, child)
            position = child
        }
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        let timer = timers[left]
        place(timers[right], at: left)
        place(timer, at: right)
    }
}

// The loop's thread only.
extension EventLoop {
    /// The monotonic clock; it has no relation to the time of day.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Runs an action once, after a time that may be zero.
    func schedule(after duration: Duration, _ action: @escaping () -> Void) -> LoopTimer {
        let timer = LoopTimer(deadline: Self.nanoseconds() + duration.clampedNanoseconds, action: action)
        timers.insert(timer)
        return timer
    }

    /// Forgets a timer; harmless when it has fired.
    func cancel(_ timer: LoopTimer) {
        timers.remove(timer)
    }

    func fireTimers() {
        guard timers.next != nil else { return }
        let now = Self.nanoseconds()
        while let timer = timers.next, timer.deadline <= now {
            timers.remove(timer)
            timer.action()
        }
    }
}

extension Duration {
    /// Nanoseconds between 0 and a hundred years.
    var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard self > .zero else { return 0 }
        guard seconds < 3_155_760_000 else { return 3_155_760_000_000_000_000 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
