import Basics
import Glibc
import JSON
import Transport

/// Makes the checks of one run, concurrently within the limits, and stops at the run's deadline.
struct CheckEngine: Sendable {
    /// Makes one check, which ends at the deadline or when its task is cancelled.
    typealias Observe = @Sendable (_ endpoint: Endpoint, _ deadline: Timestamp) async -> Observation

    let limits: CheckLimits
    let time: TimeSource
    let observe: Observe
    /// Whether an endpoint is in a maintenance window at a time.
    let isInMaintenance: @Sendable (Endpoint, Timestamp) -> Bool

    /// After so many starts the loop handles its sockets.
    private static let startsInARow = 16

    private enum Event: Sendable {
        case ended(job: Int, CheckAttempt)
        case suiteEnded(job: Int, CheckResult)
        case pauseIsOver(job: Int)
        case deadline
    }

    private enum Job: Sendable {
        case endpoint(Endpoint)
        case suite(Suite)
    }

    /// Checks the endpoints and runs the suites.
    ///
    /// A suite counts as one check, to the host of its first step. A failure of an endpoint is confirmed first: the
    /// endpoint is checked again after its pause, as often as it says, while there is time. At the deadline running
    /// checks are stopped. An endpoint that had failed and waited for its confirmation is down, the others have timed
    /// out.
    /// - Parameter each: called with each result as soon as it is final.
    /// - Returns: a result for each endpoint and each suite, in their order.
    func run(
        _ endpoints: [Endpoint], suites: [Suite] = [], until deadline: Timestamp,
        each: (CheckResult) -> Void = { _ in }
    ) async -> [CheckResult] {
        var run = CheckRun(endpoints, suites, limits: limits)
        let jobs = endpoints.map(Job.endpoint) + suites.map(Job.suite)
        let runner = SuiteRunner(time: time, observe: observe)
        await withTaskGroup(of: Event.self) { group in
            group.addTask {
                try? await time.sleep(deadline - time.now())
                return .deadline
            }
            var begun = 0
            while run.unfinished > 0 {
                while let job = run.schedule.next() {
                    run.begin(job, at: time.now())
                    switch jobs[job] {
                    case .endpoint(let endpoint):
                        group.addTask { .ended(job: job, await attempt(endpoint, until: deadline)) }
                    case .suite(let suite):
                        group.addTask { .suiteEnded(job: job, await runner.run(suite, until: deadline)) }
                    }
                    begun += 1
                    // Without this pause the first request would be sent, and measured, only after the last check has
                    // begun.
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
                        run.results[job] = judged(run.results[job], of: jobs[job])
                        each(run.results[job])
                    }
                case .suiteEnded(let job, let result):
                    run.end(job, judged(result, of: jobs[job]))
                    each(run.results[job])
                case .pauseIsOver(let job): run.schedule.repeats(job)
                case .deadline, nil:
                    for job in run.stop(at: time.now()) {
                        run.results[job] = judged(run.results[job], of: jobs[job])
                        each(run.results[job])
                    }
                    // Suites that run end at once, and then have their results.
                    group.cancelAll()
                    while run.unfinished > 0, let event = await group.next() {
                        guard case .suiteEnded(let job, let result) = event else { continue }
                        run.end(job, judged(result, of: jobs[job]))
                        each(run.results[job])
                    }
                }
            }
            group.cancelAll()
        }
        return run.results
    }

    /// A result with whether a maintenance window was open: for a suite the file's, or one of each step that failed, or
    /// of each step when none has.
    private func judged(_ result: CheckResult, of job: Job) -> CheckResult {
        let endpoints: [Endpoint]
        switch job {
        case .endpoint(let endpoint): endpoints = [endpoint]
        case .suite(let suite):
            let failed = Set(result.failedSteps)
            endpoints = suite.steps.filter { $0.isEnabled && (failed.isEmpty || failed.contains($0.name)) }
        }
        return result.inMaintenance(endpoints.allSatisfy { isInMaintenance($0, result.startedAt) })
    }

    private func attempt(_ endpoint: Endpoint, until deadline: Timestamp) async -> CheckAttempt {
        let start = time.now()
        let observation = await observe(endpoint, deadline)
        return CheckAttempt(observation, of: endpoint, startedAt: start, endedAt: time.now())
    }
}

/// The progress of one run: the results so far, and which checks wait, run or are final.
private struct CheckRun {
    private enum Phase {
        case waiting, running, final
    }

    /// The result so far of each endpoint and then of each suite, in their order.
    var results: [CheckResult]
    var schedule: CheckSchedule
    private(set) var unfinished: Int
    private var phases: [Phase]

    init(_ endpoints: [Endpoint], _ suites: [Suite], limits: CheckLimits) {
        let never = Timestamp(microseconds: 0)
        results =
            endpoints.map { CheckResult(of: $0, endedAt: never) }
            + suites.map { CheckResult(of: $0, startedAt: never) }
        let hosts = (endpoints + suites.compactMap(\.steps.first)).map(\.target.host)
        schedule = CheckSchedule(hosts: hosts, limits: limits)
        unfinished = results.count
        phases = Array(repeating: .waiting, count: results.count)
    }

    /// Notes that an attempt begins.
    mutating func begin(_ job: Int, at now: Timestamp) {
        if results[job].attempts == 0 { results[job].startedAt = now }
        phases[job] = .running
    }

    /// Takes the result of an attempt.
    /// - Returns: whether another attempt follows after a pause.
    mutating func end(_ job: Int, _ attempt: CheckAttempt, of endpoint: Endpoint, until deadline: Timestamp) -> Bool {
        schedule.finished(job)
        // The run's deadline or its memory has ended the attempt, not the endpoint's timeout: that says nothing of the
        // endpoint. The failure that it was to confirm stays.
        let isCutOff =
            attempt.lacksRoom || attempt.isTimedOut && attempt.startedAt + endpoint.client.timeout > deadline
        if !isCutOff || results[job].attempts == 0 {
            results[job].take(attempt, of: endpoint)
            if isCutOff { results[job].outcome = .timedOut }
            results[job].foundNothing = attempt.lacksRoom
        }
        let repeats =
            !attempt.isUp && !isCutOff && results[job].attempts < endpoint.confirmation.attempts
            && attempt.endedAt + endpoint.confirmation.interval < deadline
        phases[job] = repeats ? .waiting : .final
        if !repeats { unfinished -= 1 }
        return repeats
    }

    /// Takes the result of a suite.
    mutating func end(_ job: Int, _ result: CheckResult) {
        schedule.finished(job)
        results[job] = result
        phases[job] = .final
        unfinished -= 1
    }

    /// Makes every result final, at the deadline, but those of suites that run: these end now.
    /// - Returns: the jobs whose results were not final before.
    mutating func stop(at now: Timestamp) -> [Int] {
        let open = phases.indices.filter { job in
            phases[job] == .waiting || phases[job] == .running && !results[job].isSuite
        }
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
        unfinished = phases.count { $0 != .final }
        return open
    }
}

/// One attempt at a check, judged by the endpoint's conditions.
///
/// It is small: the body is gone.
struct CheckAttempt: Sendable {
    var startedAt: Timestamp
    var endedAt: Timestamp
    var isUp: Bool
    var isTimedOut: Bool
    var lacksRoom: Bool
    var conditions: [ConditionResult]
    var errors: [String]
    var notes: [String]
    /// What the steps behind this one use.
    var stored: [(path: String, text: String, isSecret: Bool)] = []
    var captures: [(name: String, value: String)]
    var trace: [String]
    var measurements: CheckResult.Measurements

    /// Judges what was observed.
    ///
    /// Up means that all conditions are met and there was no error. With a condition on `[CONNECTED]` a missing
    /// connection alone is no error, unless the target was not asked.
    init(_ observation: Observation, of endpoint: Endpoint, startedAt: Timestamp, endedAt: Timestamp) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        var values = ObservedValues(observation, context: endpoint.step?.context)
        var mask = SecretMask(of: endpoint, observation)
        notes = observation.notes
        var context = endpoint.step?.context ?? SuiteContext()
        let known = context.secrets
        for value in endpoint.step?.stores ?? [] {
            guard let text = value.text(in: &values) else {
                notes.append("\(value.path) is not stored: \(value.absence)")
                continue
            }
            guard text.utf8.count <= SuiteContext.maximumBytes else {
                notes.append("\(value.path) is not stored: it has more than \(SuiteContext.maximumBytes) bytes")
                continue
            }
            guard context.set(text, at: value.path, isSecret: value.isSecret) else {
                notes.append(
                    "\(value.path) is not stored: the suite's secrets would have more than "
                        + "\(SuiteContext.maximumSecretBytes) bytes")
                continue
            }
            stored.append((value.path, text, value.isSecret))
        }
        let secrets = context.secrets.subtracting(known)
        for secret in secrets { mask.add(secret: secret) }
        conditions = endpoint.conditions.evaluate(&values, showing: endpoint.ui.conditionDisplay, hiding: mask)
        let toleratesErrors =
            !observation.isConnected && !observation.isNotAsked && endpoint.conditions.needs.contains(.connection)
        isUp = conditions.allSatisfy(\.isMet) && (observation.errors.isEmpty || toleratesErrors)
        isTimedOut = observation.isTimedOut
        lacksRoom = observation.lacksRoom
        errors = observation.errors
        captures = observation.captures
        trace = observation.trace
        if !secrets.isEmpty {  // which nobody knew when the check masked its texts
            errors = errors.map { mask.masked($0) }
            notes = notes.map { mask.masked($0) }
            trace = trace.map { mask.masked($0) }
            captures = captures.map { ($0.name, mask.masked($0.value)) }
        }
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
        suite = endpoint.step?.suite
    }

    /// Takes the findings of an attempt, without what the endpoint's `ui` hides.
    mutating func take(_ attempt: CheckAttempt, of endpoint: Endpoint) {
        outcome = attempt.isUp ? .up : .down
        attempts += 1
        duration = attempt.endedAt - startedAt
        failedConditionCount = attempt.conditions.count { !$0.isMet }
        conditions = endpoint.ui.hidesConditions ? [] : attempt.conditions
        errors = endpoint.ui.hidesErrors ? [] : attempt.errors.map { endpoint.hiding($0) }
        notes = attempt.notes.map { endpoint.hiding($0) }
        captures = attempt.captures.map { ($0.name, endpoint.hiding($0.value)) }
        trace = attempt.trace.map { endpoint.hiding($0) }
        measurements = attempt.measurements
        if endpoint.ui.hidesHostname { measurements?.ip = "" }
    }
}

extension Endpoint {
    /// The URL as results show it.
    var shownURL: String? { ui.hidesURL ? nil : hiding(PublicURL.text(url)) }

    /// A text with `<redacted>` for what `ui` hides, as in Gatus.
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
    /// To one host; loopback has no such limit, because no other host is loaded by it.
    var perHost: Int

    /// 600 in total, which take 25 MB, fewer if the process lacks descriptors (Lambda gives 1,024); 32 to one host.
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
