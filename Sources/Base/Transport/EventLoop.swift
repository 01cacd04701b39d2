public import Basics
import CLinux
import Glibc
import Synchronization

/// One thread that waits with epoll for descriptors, timers and other threads, and runs Swift tasks in between.
///
/// It is a task executor: `Task(executorPreference: loop)`, `withTaskExecutorPreference(loop)`. Code that already runs
/// on the loop uses sockets, timers and clients without a thread hop, a lock or a system call of its own.
public final class EventLoop: @unchecked Sendable {
    /// What other threads leave for the loop.
    private struct Inbox: Sendable {
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

    // The loop's thread only: what touches these checks it, see `preconditionOnLoop`.
    private var jobs: [UnownedJob] = []
    private var runningJobs: [UnownedJob] = []
    private var handlers: [ReadinessHandler?] = []
    private var timers = TimerHeap()
    private var isStopping = false
    /// The name look-ups under way.
    var nameChannels: [NameChannel.Key: NameChannel] = [:]

    /// Opens two descriptors; starts no thread.
    /// - Throws: `TransportError` with `.system` when the process is out of descriptors.
    private init() throws(TransportError) {
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
}

// MARK: - Start and stop

extension EventLoop {
    /// Makes a loop, runs an async body on the calling thread, and returns when the body has ended.
    ///
    /// The body and the tasks it waits for run on this one thread. Tasks left behind do not go on afterwards.
    /// - Throws: what the body threw, or `TransportError` with `.system` when no loop could be made.
    public static func run<R: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> R) throws -> R {
        nonisolated(unsafe) var value: R?  // the loop runs on this thread
        try run { loop in value = .some(try await body(loop)) }
        guard let value else { throw stoppedEarly }
        return value
    }

    /// The same for a body without a result, as functions start: it has no generic type to build at run time.
    public static func run(_ body: @escaping @Sendable (EventLoop) async throws -> Void) throws {
        let loop = try EventLoop()
        loop.attach()
        nonisolated(unsafe) var failure: (any Error)? = stoppedEarly  // the loop runs on this thread
        Task(executorPreference: loop) {
            do {
                try await body(loop)
                failure = nil
            } catch {
                failure = error
            }
            loop.stop()
        }
        loop.runUntilStopped()
        if let failure { throw failure }
    }

    private static var stoppedEarly: TransportError {
        TransportError(.system, "the event loop was stopped before its work was done")
    }

    /// Makes a loop that runs on a thread of its own, for programs whose main thread is in use.
    ///
    /// The thread ends with ``stop()``; without it, it lives as long as the process.
    /// - Throws: `TransportError` with `.system` when the process is out of descriptors or threads.
    public static func onOwnThread() throws -> EventLoop {
        let loop = try EventLoop()
        let argument = Unmanaged.passRetained(loop)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue().runUntilStopped() }
                return nil
            }, argument.toOpaque())
        guard status == 0 else {
            argument.release()
            throw TransportError.system("start the event loop's thread", status)
        }
        pthread_detach(thread)
        return loop
    }

    /// Ends the loop; tasks that still wait for something on it never go on.
    public func stop() {
        submit { self.isStopping = true }
    }
}

// MARK: - The loop

extension EventLoop {
    /// Makes the calling thread the loop's, before it runs: what is enqueued until then needs no wake-up.
    private func attach() {
        thread.store(pthread_self(), ordering: .relaxed)
    }

    private func runUntilStopped() {
        attach()
        defer { thread.store(0, ordering: .relaxed) }
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
            for job in runningJobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
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

    private func fireTimers() {
        guard timers.next != nil else { return }
        let now = Self.nanoseconds()
        while let timer = timers.next, timer.deadline <= now {
            timers.remove(timer)
            timer.action()
        }
    }
}

// MARK: - From any thread

// Not a serial executor too: a job then counts as isolated to it, and every call of a nonisolated function suspends.
extension EventLoop: TaskExecutor {
    /// Whether the calling thread is the one that runs this loop.
    public var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    /// Traps unless the calling thread is the one that runs this loop.
    ///
    /// For classes that are `@unchecked Sendable` because only the loop's thread touches their state.
    public func preconditionOnLoop(file: StaticString = #fileID, line: UInt = #line) {
        precondition(isCurrent, "this must run on the thread of its event loop", file: file, line: line)
    }

    /// Runs a body on the loop; costs nothing when the calling task is there already.
    public func hop<R: Sendable>(_ body: @Sendable () async throws -> R) async rethrows -> R {
        if isCurrent { return try await body() }
        return try await withTaskExecutorPreference(self, operation: body)
    }

    /// Suspends the calling task, on whatever thread, for a duration; not at all for a negative one.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        try await hop { [self] in
            let waiter = Waiter()
            let timer = schedule(after: duration) { waiter.resume() }
            defer { cancel(timer) }
            try await suspend(waiter)
        }
    }

    /// Queues a job of the Swift runtime.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { jobs.append(job) } else { post { $0.jobs.append(job) } }
    }

    /// Runs work on the loop's thread: at once when called from it, otherwise soon and in the order of the calls.
    func submit(_ work: @escaping @Sendable () -> Void) {
        if isCurrent { work() } else { post { $0.calls.append(work) } }
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
}

// MARK: - Descriptors, on the loop's thread only

extension EventLoop {
    /// Called on the loop's thread with the `EPOLL…` bits that became true.
    typealias ReadinessHandler = (UInt32) -> Void

    /// Calls the handler whenever one of the events (`EPOLLIN` …, with `EPOLLET` for edges) comes true; a second call
    /// for the same descriptor replaces the first.
    ///
    /// A handler may be called once more for a descriptor that was closed and given out again: take it as a hint.
    func watch(
        _ descriptor: Int32, _ events: UInt32, _ handler: @escaping ReadinessHandler
    ) throws(TransportError) {
        preconditionOnLoop()
        let index = Int(descriptor)
        if index >= handlers.count { handlers += Array(repeating: nil, count: index + 1 - handlers.count) }
        do throws(TransportError) {
            try control(handlers[index] == nil ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, events)
        } catch {
            // The number was closed and given out again without `unwatch`.
            try control(EPOLL_CTL_ADD, descriptor, events)
        }
        handlers[index] = handler
    }

    /// Forgets a descriptor; call it before closing it.
    func unwatch(_ descriptor: Int32) {
        preconditionOnLoop()
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

// MARK: - Suspended tasks, on the loop's thread only

/// One suspension of a task, which may be resumed before it has begun.
///
/// It belongs to the thread that makes it, the loop's, and checks that at each use.
final class Waiter: @unchecked Sendable {
    private let thread = pthread_self()
    private var continuation: UnsafeContinuation<Void, any Error>?
    private var result: Result<Void, any Error>?

    /// Lets the task go on; later calls do nothing.
    func resume() { end(.success(())) }

    /// Lets the task go on with an error; later calls do nothing.
    func resume(throwing error: any Error) { end(.failure(error)) }

    fileprivate func begin(_ continuation: UnsafeContinuation<Void, any Error>) {
        preconditionOnThread()
        if let result { continuation.resume(with: result) } else { self.continuation = continuation }
    }

    private func end(_ result: Result<Void, any Error>) {
        preconditionOnThread()
        guard self.result == nil else { return }
        self.result = result
        continuation.take()?.resume(with: result)
    }

    private func preconditionOnThread() {
        precondition(thread == pthread_self(), "a waiter is used outside of its event loop's thread")
    }
}

extension EventLoop {
    /// Suspends the calling task, which must be on the loop, until the waiter is resumed.
    /// - Throws: what the waiter was resumed with; `TransportError` with `.timedOut` and this message after the time
    ///   limit; `CancellationError` at once when the task is cancelled, also when it was before.
    func suspend(
        _ waiter: Waiter, timeout: Duration? = nil, _ timeoutError: @autoclosure @escaping () -> any Error
    ) async throws {
        guard let timeout else { return try await suspend(waiter) }
        let timer = schedule(after: timeout) { waiter.resume(throwing: timeoutError()) }
        defer { cancel(timer) }
        try await suspend(waiter)
    }

    /// Suspends the calling task, which must be on the loop, until the waiter is resumed or the task is cancelled.
    func suspend(_ waiter: Waiter) async throws {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { waiter.begin($0) }
        } onCancel: {
            submit { waiter.resume(throwing: CancellationError()) }
        }
    }
}

// MARK: - Timers, on the loop's thread only

/// Something to do at a time; also the handle that cancels it.
final class LoopTimer {
    /// By the loop's monotonic clock, in nanoseconds.
    fileprivate let deadline: UInt64
    fileprivate let action: () -> Void
    fileprivate var position: Int?

    fileprivate init(deadline: UInt64, action: @escaping () -> Void) {
        self.deadline = deadline
        self.action = action
    }
}

extension EventLoop {
    /// The monotonic clock; it has no relation to the time of day.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Runs an action once, after a time that may be zero.
    func schedule(after duration: Duration, _ action: @escaping () -> Void) -> LoopTimer {
        preconditionOnLoop()
        let timer = LoopTimer(deadline: Self.nanoseconds() + duration.clampedNanoseconds, action: action)
        timers.insert(timer)
        return timer
    }

    /// Forgets a timer; harmless when it has fired.
    func cancel(_ timer: LoopTimer) {
        preconditionOnLoop()
        timers.remove(timer)
    }
}

/// A binary heap with the earliest deadline first; a timer knows its position, so removing one costs O(log n).
private struct TimerHeap {
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

    /// How long `epoll_wait` may wait: rounded up, so that it never wakes just before a deadline; -1 without a timer.
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

extension TimeSource {
    /// The real clock, the loop's timers and the system's randomness.
    public static func live(_ loop: EventLoop) -> TimeSource {
        TimeSource(
            now: { Timestamp.now() },
            sleep: { try await loop.sleep(for: $0) },
            random: { Double.random(in: 0..<1) }
        )
    }
}
