import Basics
import Glibc
import JSON

/// One hosted function: connects callers of `invoke` to the process's calls of the Runtime API.
///
/// The rules are in `InvocationQueue`. This actor keeps the waiting tasks and the timers.
actor FunctionHost {
    /// An event as a worker gets it.
    struct Delivery: Sendable {
        let invocation: InvocationQueue.Invocation
        let deadline: Timestamp
        let traceID: String
    }

    /// A worker's event: what the result will need.
    private struct Running {
        let started = ContinuousClock.now
        var logMark = 0
        var initDuration: Duration?
        var timer: Task<Void, Never>?
    }

    /// The current process.
    ///
    /// It is known before its start, because it may call before its id has arrived here.
    private struct Process {
        var id: Int32?
        let started = ContinuousClock.now
        let logMark: Int
        var initDuration: Duration?
        var invocations = 0

        func kill() {
            if let id { _ = Glibc.kill(-id, SIGKILL) }
        }
    }

    nonisolated let description: FunctionDescription
    private let log: LogPipe
    private var queue = InvocationQueue()
    private var polls: [Int: CheckedContinuation<Delivery?, Never>] = [:]
    private var callers: [String: CheckedContinuation<InvocationResult, Never>] = [:]
    private var running: [String: Running] = [:]
    private var process: Process?
    private var initError: FunctionError?
    private var lastPoll = 0
    private var openPolls: Set<Int> = []
    private var isStopped = false

    init(_ description: FunctionDescription, log: LogPipe) {
        self.description = description
        self.log = log
    }

    // MARK: Callers

    /// Queues an event and waits for the result.
    func invoke(_ event: [UInt8]) async throws -> InvocationResult {
        guard !isStopped else {
            throw LocalCloudError(.stopped, "\(description.name) is being stopped and takes no more events.")
        }
        return await withCheckedContinuation { caller in
            let invocation = InvocationQueue.Invocation(
                requestID: .randomUUID(), nonce: .randomUUID(), event: event
            )
            callers[invocation.requestID] = caller
            perform(queue.add(invocation))
        }
    }

    // MARK: The function's workers

    /// Waits for an event; nil when the worker's connection is closed or the function is stopped.
    func next(poll: Int) async -> Delivery? {
        if process?.initDuration == nil, let started = process?.started {
            process?.initDuration = .now - started
        }
        return await withCheckedContinuation { worker in
            guard !isStopped, openPolls.remove(poll) != nil else { return worker.resume(returning: nil) }
            log.drain()
            polls[poll] = worker
            perform(queue.poll(poll))
        }
    }

    /// An id for a call of `next`, which `drop` can end.
    func newPoll() -> Int {
        lastPoll += 1
        openPolls.insert(lastPoll)
        return lastPoll
    }

    /// Ends a call of `next` whose worker has closed its connection.
    func drop(poll: Int) {
        openPolls.remove(poll)
        queue.dropPoll(poll)
        polls.removeValue(forKey: poll)?.resume(returning: nil)
    }

    /// Queues an event again whose worker had closed its connection before the event was sent.
    func takeBack(_ invocation: InvocationQueue.Invocation) {
        guard let actions = queue.takeBack(invocation) else { return }
        running.removeValue(forKey: invocation.requestID)?.timer?.cancel()
        process?.invocations -= 1
        perform(actions)
    }

    /// Takes the function's response, or throws why it is refused.
    func answer(_ requestID: String, nonce: String?, _ outcome: InvocationQueue.Outcome)
        throws(InvocationQueue.Refusal)
    {
        try queue.answer(requestID, nonce: nonce, outcome)
    }

    /// The function reports that it cannot start; its process is about to end.
    func initialisationFailed(_ error: FunctionError) { initError = error }

    // MARK: The process

    /// A process is about to be started.
    func processStarts() {
        process = Process(logMark: log.mark)
        initError = nil
    }

    /// The process has been started.
    func processStarted(_ id: Int32) { process?.id = id }

    /// The process has ended.
    /// - Parameter how: such as `exit status 1` or `signal 9`.
    /// - Returns: how many events the process was given.
    func processEnded(_ how: String) -> Int {
        let error = initError ?? FunctionError("Runtime.ExitError", "the process ended with \(how)")
        let given = process?.invocations ?? 0
        perform(queue.processEnded(initialised: process?.initDuration != nil, .failure(error)))
        process = nil
        for poll in polls.values { poll.resume(returning: nil) }
        polls.removeAll()
        return given
    }

    /// Kills the process when it has not asked for an event within the timeout.
    func endInitialisation(after timeout: Duration) async {
        try? await Task.sleep(for: timeout)
        guard !Task.isCancelled, let process, process.initDuration == nil else { return }
        initError = FunctionError("Sandbox.Timedout", "the function did not ask for an event within \(timeout.text)")
        process.kill()
    }

    /// Takes no more events and ends every waiting call.
    func stop() {
        isStopped = true
        for poll in polls.keys { drop(poll: poll) }
        perform(queue.processEnded(initialised: false, .failure(FunctionError("Sandbox.Stopped", "the host stopped"))))
    }

    // MARK: Actions

    private func perform(_ actions: [InvocationQueue.Action]) {
        for action in actions {
            switch action {
            case .deliver(let invocation, let poll): deliver(invocation, to: poll)
            case .finish(let requestID, let outcome): finish(requestID, outcome)
            }
        }
    }

    private func deliver(_ invocation: InvocationQueue.Invocation, to poll: Int) {
        var event = Running()
        let isFirst = process?.invocations == 0
        event.initDuration = isFirst ? process?.initDuration : nil
        event.logMark = isFirst ? process?.logMark ?? 0 : log.mark
        event.timer = Task { [timeout = description.timeout] in
            try? await Task.sleep(for: timeout)
            if !Task.isCancelled { self.expire(invocation.requestID) }
        }
        process?.invocations += 1
        running[invocation.requestID] = event
        let now = Timestamp.now()
        let root = "1-\(String(now.millisecondsSinceEpoch / 1000, radix: 16))-\(invocation.nonce.hex(24))"
        polls.removeValue(forKey: poll)?.resume(
            returning: Delivery(
                invocation: invocation, deadline: now + description.timeout,
                traceID: "Root=\(root);Parent=\(invocation.requestID.hex(16));Sampled=0"
            )
        )
    }

    private func expire(_ requestID: String) {
        let message = "the function did not answer within \(description.timeout.text)"
        let actions = queue.expire(requestID, .failure(FunctionError("Sandbox.Timedout", message)))
        guard !actions.isEmpty else { return }
        perform(actions)
        // Lambda discards the sandbox. With several events in one process the other events go on.
        if description.maximumConcurrency == nil { process?.kill() }
    }

    private func finish(_ requestID: String, _ outcome: InvocationQueue.Outcome) {
        log.drain()
        let event = running.removeValue(forKey: requestID)
        event?.timer?.cancel()
        let (payload, contentType, error): ([UInt8], String?, FunctionError?) =
            switch outcome {
            case .success(let payload, let type): (payload, type, nil)
            case .failure(let error, let payload): (payload, "application/json", error)
            }
        callers.removeValue(forKey: requestID)?.resume(
            returning: InvocationResult(
                requestID: requestID, payload: payload, contentType: contentType, error: error,
                log: log.lines(since: event?.logMark ?? process?.logMark ?? log.mark),
                duration: event.map { .now - $0.started } ?? .zero, initDuration: event?.initDuration,
                maxMemory: (process?.id).map(peakMemory) ?? 0
            )
        )
    }
}

extension String {
    /// The first hexadecimal digits of a UUID.
    fileprivate func hex(_ count: Int) -> Substring { filter { $0 != "-" }.prefix(count) }
}

/// The peak memory of a process in bytes; 0 when there is no such process.
private func peakMemory(of processID: Int32) -> Int {
    let status = String(decoding: (try? Files.read("/proc/\(processID)/status")) ?? [], as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first).flatMap { Int($0) }.map { $0 * 1024 } ?? 0
}
