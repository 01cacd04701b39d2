import JSON

/// What is known of the checks of one run.
struct CheckRun {
    private enum Phase {
        case waiting, running, final
    }

    /// What is known of each endpoint, in their order.
    var results: [CheckResult]
    var schedule: CheckSchedule
    private(set) var unfinished: Int
    private var phases: [Phase]

    init(_ endpoints: [Endpoint], limits: CheckLimits) {
        let never = Timestamp(microseconds: 0)
        results = endpoints.map { CheckResult(of: $0, endedAt: never) }
        schedule = CheckSchedule(hosts: endpoints.map(\.target.host), limits: limits)
        unfinished = endpoints.count
        phases = Array(repeating: .waiting, count: endpoints.count)
    }

    /// An attempt begins.
    mutating func begin(_ job: Int, at now: Timestamp) {
        if results[job].attempts == 0 { results[job].startedAt = now }
        phases[job] = .running
    }

    /// An attempt has ended.
    /// - Returns: whether another one is to follow after a pause.
    mutating func end(_ job: Int, _ attempt: CheckAttempt, of endpoint: Endpoint, until deadline: Timestamp) -> Bool {
        schedule.finished(job)
        // It would have had longer, but for the end of the run. A failure that it was to confirm stands.
        let isCutOff = attempt.isTimedOut && attempt.startedAt + endpoint.client.timeout > deadline
        if !isCutOff || results[job].attempts == 0 {
            results[job].take(attempt, of: endpoint)
            if isCutOff { results[job].outcome = .timedOut }
        }
        let repeats =
            !attempt.isUp && !isCutOff && results[job].attempts < endpoint.confirmation.attempts
            && attempt.endedAt + endpoint.confirmation.interval < deadline
        phases[job] = repeats ? .waiting : .final
        if !repeats { unfinished -= 1 }
        return repeats
    }

    /// The time is over: every result is final.
    /// - Returns: those that were not before.
    mutating func stop(at now: Timestamp, of endpoints: [Endpoint]) -> [Int] {
        let open = phases.indices.filter { phases[$0] != .final }
        for job in open {
            if results[job].attempts == 0 {
                let isRunning = phases[job] == .running
                if isRunning {
                    results[job].attempts = 1
                    results[job].duration = now - results[job].startedAt
                } else {
                    results[job].startedAt = now
                }
                let error = "the run's time was over before the check had \(isRunning ? "ended" : "begun")"
                results[job].errors = [error]
            }
            phases[job] = .final
        }
        unfinished = 0
        return open
    }
}
