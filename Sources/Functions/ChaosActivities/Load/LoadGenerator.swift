import Basics
import Experiments
import JSON
import Synchronization
import Transport

/// Sends requests as a plan says, and measures them.
///
/// With a rate each request has a time when it should begin, and its latency counts from there. Requests that a slow
/// service holds up are thereby measured, and not left out.
struct LoadGenerator: Sendable {
    let plan: LoadPlan
    let http: any HTTPExecuting
    let time: TimeSource
    /// When the last request must have begun.
    let deadline: Timestamp

    /// Sends the load.
    /// - Parameter observe: is told of each request: its start, its latency, and whether it failed.
    func run(
        observe: @escaping @Sendable (_ start: Timestamp, _ latency: Duration, _ hasFailed: Bool) -> Void = { _, _, _ in
        }
    ) async throws -> LoadResult {
        let start = time.now()
        let recorder = LoadRecorder(observe)
        let schedule = LoadSchedule(plan, start: start, deadline: deadline)
        // As many workers as requests may be open: each takes the next request, waits for its time and sends it.
        let workers = plan.pace.mostOpen
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<schedule.atMost(workers) {
                group.addTask {
                    while let intended = schedule.next(at: time.now()) {
                        let wait = intended - time.now()
                        if wait > .zero { try await time.sleep(wait) }
                        try await send(intended, recorder)
                    }
                }
            }
            try await group.waitForAll()
        }
        return recorder.result(from: start, to: time.now(), planned: plan)
    }

    private func send(_ intended: Timestamp, _ recorder: LoadRecorder) async throws {
        var request = plan.request
        request.totalTimeout = min(request.totalTimeout ?? .seconds(60), deadline - time.now())
        do {
            let response = try await http.execute(request)
            recorder.add(.status(response.status), intended, time.now() - intended)
        } catch let error as TransportError {
            recorder.add(.error(error.loadKind), intended, time.now() - intended)
        }
    }
}

/// Hands out the times at which requests begin, to workers that ask for the next one.
private final class LoadSchedule: Sendable {
    private let plan: LoadPlan
    private let start: Timestamp
    private let end: Timestamp
    private let handedOut = Atomic<Int>(0)

    init(_ plan: LoadPlan, start: Timestamp, deadline: Timestamp) {
        (self.plan, self.start) = (plan, start)
        end = if case .duration(let duration) = plan.end { min(start + duration, deadline) } else { deadline }
    }

    /// No more workers than requests.
    func atMost(_ workers: Int) -> Int {
        if case .count(let count) = plan.end { min(workers, count) } else { workers }
    }

    /// When the next request should begin; nil when there is none any more.
    func next(at now: Timestamp) -> Timestamp? {
        let number = handedOut.add(1, ordering: .relaxed).oldValue
        if case .count(let count) = plan.end, number >= count { return nil }
        let intended: Timestamp =
            switch plan.pace {
            case .rate(let rate): start + .seconds(1) * (Double(number) / rate)
            case .concurrency: now
            }
        return intended < end ? intended : nil
    }
}

/// Counts what becomes of requests.
private final class LoadRecorder: Sendable {
    enum Outcome: Sendable {
        case status(Int)
        case error(String)

        var isFailure: Bool { if case .status(let status) = self { status >= 400 } else { true } }
        var kind: String {
            switch self {
            case .status(let status): "\(status)"
            case .error(let kind): kind
            }
        }
    }

    private let state = Locked((latencies: LatencyHistogram(), kinds: [String: Int](), errors: [String: Int]()))
    private let observe: @Sendable (Timestamp, Duration, Bool) -> Void

    init(_ observe: @escaping @Sendable (Timestamp, Duration, Bool) -> Void) { self.observe = observe }

    func add(_ outcome: Outcome, _ start: Timestamp, _ latency: Duration) {
        state.withLock { state in
            state.latencies.add(latency)
            if case .status = outcome { state.kinds[outcome.kind, default: 0] += 1 }
            if outcome.isFailure { state.errors[outcome.kind, default: 0] += 1 }
        }
        observe(start, latency, outcome.isFailure)
    }

    func result(from start: Timestamp, to end: Timestamp, planned plan: LoadPlan) -> LoadResult {
        state.withLock {
            LoadResult(
                plan: plan, start: start, duration: end - start, latencies: $0.latencies, statuses: $0.kinds,
                errors: $0.errors)
        }
    }
}

/// What a load measured.
struct LoadResult: Sendable {
    let plan: LoadPlan
    let start: Timestamp
    let duration: Duration
    let latencies: LatencyHistogram
    /// Answers by status.
    let statuses: [String: Int]
    /// Failures by kind: a status from 400, or what was wrong with the connection.
    let errors: [String: Int]

    var errorCount: Int { errors.values.reduce(0, +) }

    /// Latencies are in milliseconds.
    var output: JSONValue {
        let seconds = max(duration / .seconds(1), 0.001)
        var latency: JSONObject = [
            "min": latencies.minimum.milliseconds, "mean": latencies.mean.milliseconds,
            "max": latencies.maximum.milliseconds,
        ]
        for (name, share) in [("p50", 50.0), ("p75", 75), ("p90", 90), ("p95", 95), ("p99", 99), ("p99.9", 99.9)] {
            latency[name] = latencies.percentile(share).milliseconds
        }
        var output: JSONObject = [
            "url": .string(plan.request.url), "start": .string(start.iso8601), "duration": .double(seconds),
            "requests": JSONValue(latencies.count), "rate": .double(Double(latencies.count) / seconds),
            "latency": .object(latency), "statuses": Self.counts(statuses), "errors": Self.counts(errors),
            "error_count": JSONValue(errorCount),
        ]
        if case .count(let count) = plan.end, count > latencies.count {
            // The time of the run was over before.
            output["unsent"] = JSONValue(count - latencies.count)
        }
        switch plan.pace {
        case .rate(let rate): output["planned_rate"] = .double(rate)
        case .concurrency(let number): output["concurrency"] = JSONValue(number)
        }
        return .object(output)
    }

    private static func counts(_ counts: [String: Int]) -> JSONValue {
        .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) }))
    }
}

extension TransportError {
    /// The kind of failure, as load results count it.
    fileprivate var loadKind: String {
        switch code {
        case .nameNotResolved: "name not resolved"
        case .connectFailed: "connection refused"
        case .timedOut: "timed out"
        case .tlsFailed, .certificateRejected, .noCertificateAuthorities: "TLS failed"
        case .connectionClosed: "connection closed"
        default: "other"
        }
    }
}
