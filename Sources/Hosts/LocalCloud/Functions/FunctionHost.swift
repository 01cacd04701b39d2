import Basics
import Glibc
import JSON

/// What the Runtime API's routes, the callers and the process's supervisor share about one function.
///
/// The rules are in `InvocationQueue`; this actor holds those who wait, and the clock.
actor FunctionHost {
    /// An event as a worker gets it.
    struct Delivery: Sendable {
        let invocation: InvocationQueue.Invocation
        let deadline: Timestamp
        let traceID: String
    }

    /// What is known of an event that a worker has.
    private struct Facts {
        let started = ContinuousClock.now
        var logMark = 0
        var initDuration: Duration?
        var timer: Task<Void, Never>?
    }

    /// The process there is, from the moment that its start is asked for: it may call before its id is known.
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
    private var facts: [String: Facts] = [:]
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

    /// Has the function work on an event.
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

    /// Waits for an event; nil when there will be none for this worker, because it has gone or the function is stopped.
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

    /// An id for a call of `next`, with which `drop` can end it.
    func newPoll() -> Int {
        lastPoll += 1
        openPolls.insert(lastPoll)
        return lastPoll
    }

    /// Ends a call of `next` whose worker has gone.
    func drop(poll: Int) {
        openPolls.remove(poll)
        queue.dropPoll(poll)
        polls.removeValue(forKey: poll)?.resume(returning: nil)
    }

    /// Takes the function's answer, or says why not.
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

    /// The process has ended: `exit status 1`, `signal 9`.
    /// - Returns: how many events it was given.
    func processEnded(_ how: String) -> Int {
        let error = initError ?? FunctionError("Runtime.ExitError", "the process ended with \(how)")
        let given = process?.invocations ?? 0
        perform(queue.processEnded(initialised: process?.initDuration != nil, .failure(error)))
        process = nil
        for poll in polls.values { poll.resume(returning: nil) }
        polls.removeAll()
        return given
    }

    /// Kills a process that has not asked for an event within a time.
    func endInitialisation(after limit: Duration) async {
        try? await Task.sleep(for: limit)
        guard !Task.isCancelled, let process, process.initDuration == nil else { return }
        initError = FunctionError("Sandbox.Timedout", "the function did not ask for an event within \(limit.text)")
        process.kill()
    }

    /// Takes no more events and lets every worker go.
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
        var fact = Facts()
        let isFirst = process?.invocations == 0
        fact.initDuration = isFirst ? process?.initDuration : nil
        fact.logMark = isFirst ? process?.logMark ?? 0 : log.mark
        fact.timer = Task { [timeout = description.timeout] in
            try? await Task.sleep(for: timeout)
            if !Task.isCancelled { self.expire(invocation.requestID) }
        }
        process?.invocations += 1
        facts[invocation.requestID] = fact
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
        // The classic platform throws the sandbox away; with several events in one process the others go on.
        if description.maximumConcurrency == nil { process?.kill() }
    }

    private func finish(_ requestID: String, _ outcome: InvocationQueue.Outcome) {
        log.drain()
        let fact = facts.removeValue(forKey: requestID)
        fact?.timer?.cancel()
        let (payload, contentType, error): ([UInt8], String?, FunctionError?) =
            switch outcome {
            case .success(let payload, let type): (payload, type, nil)
            case .failure(let error, let payload): (payload, "application/json", error)
            }
        callers.removeValue(forKey: requestID)?.resume(
            returning: InvocationResult(
                requestID: requestID, payload: payload, contentType: contentType, error: error,
                log: log.lines(since: fact?.logMark ?? process?.logMark ?? log.mark),
                duration: fact.map { .now - $0.started } ?? .zero, initDuration: fact?.initDuration,
                maxMemory: (process?.id).map(peakMemory) ?? 0
            )
        )
    }
}

extension String {
    /// The first hexadecimal digits of a UUID.
    fileprivate func hex(_ count: Int) -> Substring { filter { $0 != "-" }.prefix(count) }
}

/// The most memory a process has held at a time, in bytes; 0 when it is not there.
private func peakMemory(of processID: Int32) -> Int {
    let status = String(decoding: (try? Files.read("/proc/\(processID)/status")) ?? [], as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first).flatMap { Int($0) }.map { $0 * 1024 } ?? 0
}
