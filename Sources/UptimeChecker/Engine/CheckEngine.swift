import JSON
import Transport

/// Carries out the checks of one run, all at once as far as the limits allow, and ends with its deadline.
struct CheckEngine: Sendable {
    /// Carries out one check, which ends at the deadline or when its task is cancelled.
    typealias Observe = @Sendable (_ endpoint: Endpoint, _ deadline: Timestamp) async -> Observation

    let limits: CheckLimits
    let time: TimeSource
    let observe: Observe
    /// Whether an endpoint is in a maintenance window at a time.
    let isInMaintenance: @Sendable (Endpoint, Timestamp) -> Bool

    private static let startsInARow = 16

    private enum Event: Sendable {
        case ended(job: Int, CheckAttempt)
        case pauseIsOver(job: Int)
        case deadline
    }

    /// Checks the endpoints.
    ///
    /// A failure is confirmed first: the endpoint is checked again after its pause, as often as it says and as long as
    /// there is time. When the time is over, what goes on is ended; what had failed and waited for its confirmation is
    /// down, and the rest timed out.
    /// - Parameter each: called with each result as soon as it is final.
    /// - Returns: a result for each endpoint, in their order.
    func run(
        _ endpoints: [Endpoint], until deadline: Timestamp, each: (CheckResult) -> Void = { _ in }
    ) async -> [CheckResult] {
        var run = CheckRun(endpoints, limits: limits)
        await withTaskGroup(of: Event.self) { group in
            group.addTask {
                try? await time.sleep(deadline - time.now())
                return .deadline
            }
            var begun = 0
            while run.unfinished > 0 {
                while let job = run.schedule.next() {
                    run.begin(job, at: time.now())
                    let endpoint = endpoints[job]
                    group.addTask { .ended(job: job, await attempt(endpoint, until: deadline)) }
                    begun += 1
                    // The loop sees to its sockets: otherwise the first check would be measured, and sent, only when the
                    // last one has begun.
                    if begun % Self.startsInARow == 0 { try? await time.sleep(.zero) }
                }
                switch await group.next() {
                case .ended(let job, let attempt):
                    let endpoint = endpoints[job]
                    if run.end(job, attempt, of: endpoint, until: deadline) {
                        let pause = endpoint.confirmation.interval
                        group.addTask {
                            try? await time.sleep(pause)
                            return .pauseIsOver(job: job)
                        }
                    } else {
                        run.results[job].isInMaintenance = isInMaintenance(endpoint, run.results[job].startedAt)
                        each(run.results[job])
                    }
                case .pauseIsOver(let job): run.schedule.repeats(job)
                case .deadline, nil:
                    for job in run.stop(at: time.now(), of: endpoints) {
                        run.results[job].isInMaintenance = isInMaintenance(endpoints[job], run.results[job].startedAt)
                        each(run.results[job])
                    }
                }
            }
            group.cancelAll()
        }
        return run.results
    }

    private func attempt(_ endpoint: Endpoint, until deadline: Timestamp) async -> CheckAttempt {
        let start = time.now()
        let observation = await observe(endpoint, deadline)
        return CheckAttempt(observation, of: endpoint, startedAt: start, endedAt: time.now())
    }
}
