import CLinux
import Glibc
import Synchronization

/// One thread that waits for descriptors, timers and other threads with epoll, and runs Swift tasks in between.
///
/// It is a task executor: `Task(executorPreference: loop)`, `withTaskExecutorPreference(loop)`. Code that already runs on
/// the loop uses whatever stands on it without a thread hop, a lock or a system call.
public final class EventLoop: @unchecked Sendable {
    /// Called on the loop's thread with the `EPOLL…` bits that became true.
    typealias ReadinessHandler = (UInt32) -> Void

    /// What other threads leave for the loop.
    struct Inbox: Sendable {
        var jobs: [UnownedJob] = []
        var calls: [@Sendable () -> Void] = []
        var isFilled = false
    }

    // Any thread.
    private let epoll: Int32
    private let wakeUp: Int32
    private let thread = Atomic<UInt>(0)
    private let inbox = Locked(Inbox())
    private let inboxIsFilled = Atomic(false)

    // The loop's thread only; that is what @unchecked stands for.
    private var jobs: [UnownedJob] = []
    private var runningJobs: [UnownedJob] = []
    private var handlers: [ReadinessHandler?] = []
    private var isStopping = false
    var timers = TimerHeap()
    /// The name look-ups under way.
    var nameChannels: [NameChannel.Key: NameChannel] = [:]

    /// A loop that waits for somebody to run it; two descriptors, no thread.
    /// - Throws: `TransportError` with `.system` when the process is out of descriptors.
    init() throws(TransportError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        do throws(TransportError) {
            guard epoll >= 0, wakeUp >= 0 else { throw .system("create an event loop", errno) }
            // Edge-triggered: every write to it wakes the loop, and it never has to be read.
            try control(EPOLL_CTL_ADD, wakeUp, EPOLLIN.rawValue | EPOLLET.rawValue)
        } catch {
            close(wakeUp)
            close(epoll)
            throw error
        }
    }

    deinit {
        close(wakeUp)
        close(epoll)
    }

    /// Whether the calling thread is the one that runs this loop.
    public var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    /// Runs work on the loop's thread: at once when called from it, otherwise soon and in the order of the calls.
    func submit(_ work: @escaping @Sendable () -> Void) {
        if isCurrent { work() } else { post { $0.calls.append(work) } }
    }

    /// Queues a job; see `EventLoop+Executor.swift`.
    func add(_ job: UnownedJob) {
        if isCurrent { jobs.append(job) } else { post { $0.jobs.append(job) } }
    }

    /// Makes `runUntilStopped` return.
    ///
    /// Tasks that still wait for something on the loop never go on.
    func requestStop() {
        submit { self.isStopping = true }
    }

    private func post(_ add: (inout Inbox) -> Void) {
        let wasFilled = inbox.withLock { inbox in
            add(&inbox)
            defer { inbox.isFilled = true }
            return inbox.isFilled
        }
        guard !wasFilled else { return }
        inboxIsFilled.store(true, ordering: .releasing)
        var one: UInt64 = 1
        write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }

    /// Makes the calling thread the loop's, before it runs: what is enqueued until then needs no wake-up.
    func attach() {
        thread.store(pthread_self(), ordering: .relaxed)
    }

    /// The loop itself, on the calling thread.
    func runUntilStopped() {
        attach()
        defer { thread.store(0, ordering: .relaxed) }
        isStopping = false
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 128) { events in
            while true {
                runJobs()
                if isStopping { return }
                let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), waitMilliseconds())
                for event in events.prefix(Int(max(0, count))) {
                    let descriptor = Int(event.data.fd)
                    if descriptor < handlers.count { handlers[descriptor]?(event.events) }
                }
                fireTimers()
            }
        }
    }

    private func waitMilliseconds() -> Int32 {
        jobs.isEmpty && !inboxIsFilled.load(ordering: .acquiring) ? timers.millisecondsToNext() : 0
    }

    /// Runs what is queued and what that queues in turn, up to a bound, so that busy tasks cannot starve descriptors.
    private func runJobs() {
        for _ in 0..<64 {
            if inboxIsFilled.load(ordering: .acquiring) { emptyInbox() }
            guard !jobs.isEmpty else { return }
            swap(&jobs, &runningJobs)
            for job in runningJobs { run(job) }
            runningJobs.removeAll(keepingCapacity: true)
        }
    }

    private func emptyInbox() {
        inboxIsFilled.store(false, ordering: .relaxed)
        let posted = inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return inbox
        }
        for call in posted.calls { call() }
        jobs += posted.jobs
    }
}

// Descriptors; the loop's thread only.
extension EventLoop {
    /// Calls the handler whenever one of the events (`EPOLLIN` …, with `EPOLLET` for edges) comes true; a second call for
    /// the same descriptor replaces the first.
    ///
    /// A handler may be called once more for a descriptor that was closed and given out again: take it as a hint.
    func watch(
        _ descriptor: Int32, _ events: UInt32, _ handler: @escaping ReadinessHandler
    ) throws(TransportError) {
        let index = Int(descriptor)
        if index >= handlers.count { handlers += Array(repeating: nil, count: index + 1 - handlers.count) }
        do throws(TransportError) {
            try control(handlers[index] == nil ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, events)
        } catch {
            // The number was closed and given out again without a word to us.
            try control(EPOLL_CTL_ADD, descriptor, events)
        }
        handlers[index] = handler
    }

    /// Forgets a descriptor; call it before closing it.
    func unwatch(_ descriptor: Int32) {
        guard Int(descriptor) < handlers.count, handlers[Int(descriptor)] != nil else { return }
        handlers[Int(descriptor)] = nil
        try? control(EPOLL_CTL_DEL, descriptor, 0)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32) throws(TransportError) {
        var event = epoll_event(events: events, data: epoll_data_t(fd: descriptor))
        guard epoll_ctl(epoll, operation, descriptor, &event) == 0 else {
            throw .system("watch descriptor \(descriptor)", errno)
        }
    }
}
