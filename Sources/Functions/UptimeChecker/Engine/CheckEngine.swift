import Basics
import Glibc
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

/// One check of an endpoint, judged by its conditions; small, for the body is gone.
struct CheckAttempt: Sendable {
    var startedAt: Timestamp
    var endedAt: Timestamp
    var isUp: Bool
    var isTimedOut: Bool
    var conditions: [ConditionResult]
    var errors: [String]
    var notes: [String]
    var measurements: CheckResult.Measurements

    /// Judges what was observed.
    ///
    /// Up means that all conditions are met and nothing went wrong; where a condition is about `[CONNECTED]`, having no
    /// connection is not wrong by itself.
    init(_ observation: Observation, of endpoint: Endpoint, startedAt: Timestamp, endedAt: Timestamp) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        conditions = endpoint.conditions.evaluate(observation, showing: endpoint.ui.conditionDisplay)
        if zip(conditions, endpoint.conditions).contains(where: { $0.text != $1.text }) {  // they show values
            conditions = SecretMask(of: endpoint, token: observation.token).masked(conditions)
        }
        let toleratesErrors = !observation.isConnected && endpoint.conditions.needs.contains(.connection)
        isUp = conditions.allSatisfy(\.isMet) && (observation.errors.isEmpty || toleratesErrors)
        isTimedOut = observation.isTimedOut
        errors = observation.errors
        notes = observation.notes
        measurements = CheckResult.Measurements(
            isConnected: observation.isConnected, ip: observation.ip, status: observation.status,
            responseTime: observation.responseTime, timings: observation.timings,
            certificateExpiration: observation.certificateExpiration, domainExpiration: observation.domainExpiration
        )
    }
}

extension CheckResult {
    /// A result without an attempt, of a run that ends now.
    init(of endpoint: Endpoint, endedAt: Timestamp) {
        self.init(
            name: endpoint.name, group: endpoint.group, key: endpoint.key, url: endpoint.shownURL,
            labels: endpoint.labels, outcome: .timedOut, startedAt: endedAt
        )
    }

    /// Takes over what the last attempt found, as far as the endpoint's `ui` lets it be seen.
    mutating func take(_ attempt: CheckAttempt, of endpoint: Endpoint) {
        outcome = attempt.isUp ? .up : .down
        attempts += 1
        duration = attempt.endedAt - startedAt
        failedConditionCount = attempt.conditions.count { !$0.isMet }
        conditions = endpoint.ui.hidesConditions ? [] : attempt.conditions
        errors = endpoint.ui.hidesErrors ? [] : attempt.errors.map { endpoint.hiding($0) }
        notes = attempt.notes.map { endpoint.hiding($0) }
        measurements = attempt.measurements
        if endpoint.ui.hidesHostname { measurements?.ip = "" }
    }
}

extension Endpoint {
    /// The URL as results show it.
    fileprivate var shownURL: String? { ui.hidesURL ? nil : hiding(PublicURL.text(url)) }

    /// A text without what `ui` hides, as Gatus does it.
    fileprivate func hiding(_ text: String) -> String {
        var text = text
        if ui.hidesURL { text = text.replacingBytes(url, with: "<redacted>") }
        if ui.hidesHostname { text = text.replacingBytes(target.host, with: "<redacted>") }
        if ui.hidesPort, let port = target.port { text = text.replacingBytes(":\(port)", with: ":<redacted>") }
        return text
    }
}

/// How many checks run at once.
struct CheckLimits: Sendable, Hashable {
    /// In total.
    var total: Int
    /// To one host; loopback knows no such limit, for there nobody else is troubled.
    var perHost: Int

    /// 600, which take 25 MB, or what the process has descriptors for (Lambda gives 1,024, enough), and 32 to one host.
    static var standard: CheckLimits {
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        let descriptors = isKnown ? Int(clamping: limit.rlim_cur) : 1_024
        return CheckLimits(total: min(600, max(8, descriptors - 124)), perHost: 32)
    }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
