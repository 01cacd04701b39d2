import Basics
import Transport

/// How far a suite has come: which steps run, until when, and what the suite's result is.
struct SuiteProgress {
    /// Why steps that do not always run are skipped from now on.
    private enum Stop {
        case failed(step: String)
        /// The suite's own timeout.
        case timeout
        /// The end of the run.
        case deadline
        /// The bodies of other checks took the memory.
        case noRoom(step: String)

        /// Whether it says nothing of what the steps ask.
        var isOurs: Bool {
            switch self {
            case .failed, .timeout: false
            case .deadline, .noRoom: true
            }
        }
    }

    private let suite: Suite
    private let startedAt: Timestamp
    private let deadline: Timestamp
    /// The values so far.
    private(set) var context: SuiteContext
    private var steps: [CheckResult] = []
    private var stop: Stop?

    init(of suite: Suite, startedAt: Timestamp, deadline: Timestamp) {
        (self.suite, self.startedAt, self.deadline) = (suite, startedAt, deadline)
        context = suite.context
    }

    /// The next step's time limit; nil when it does not run, which is noted.
    ///
    /// A step that always runs has time until the end of the run: it usually undoes what the others did. For such steps
    /// a part of the run is kept free.
    mutating func limit(of step: Endpoint, at now: Timestamp) -> Timestamp? {
        let alwaysRuns = step.step?.alwaysRuns ?? false
        guard step.isEnabled else {
            skip(step, at: now, "it is not enabled")
            return nil
        }
        if let stop, !alwaysRuns {
            skip(step, at: now, reason(stop))
            return nil
        }
        if let stop, stop.isOurs {
            // The step that was to store it has not ended: that is no failure of this one.
            let missing = step.missingValues(in: context)
            guard missing.isEmpty else {
                skip(step, at: now, "\(reason(stop)), and there is no value for \(missing.joined(separator: ", "))")
                return nil
            }
        }
        let limit = alwaysRuns ? deadline : ordinaryEnd
        if now < limit { return limit }
        if stop != nil {
            skip(step, at: now, reason(.deadline))
        } else {
            // The step at which the time was over is the one that failed: every result that is not up has one.
            let stop: Stop = limit == suiteEnd ? .timeout : .deadline
            var result = CheckResult(of: step, endedAt: now)
            result.outcome = limit == suiteEnd ? .down : .timedOut
            result.errors = ["\(reason(stop)) before it had begun"]
            steps.append(result)
            self.stop = stop
        }
        return nil
    }

    /// Takes a step's result, and stores what the steps behind it use, whether it is up or not.
    /// - Parameters:
    ///   - isCutOff: whether the limit has ended it, and not its own timeout.
    ///   - limit: from ``limit(of:at:)``.
    mutating func take(
        _ result: CheckResult, _ attempt: CheckAttempt, of step: Endpoint, isCutOff: Bool, at limit: Timestamp
    ) {
        var result = result
        for value in attempt.stored { context.set(value.text, at: value.path, isSecret: value.isSecret) }
        if isCutOff, !attempt.lacksRoom, limit == suiteEnd {
            result.outcome = .down
            result.errors = ["\(reason(.timeout)) before it had ended"]
            stop = stop ?? .timeout
        } else if isCutOff {
            result.outcome = .timedOut
            result.foundNothing = attempt.lacksRoom
            if !attempt.lacksRoom { result.errors = ["\(reason(.deadline)) before it had ended"] }
            stop = stop ?? (attempt.lacksRoom ? .noRoom(step: step.name) : .deadline)
        } else if !result.isUp {
            stop = stop ?? .failed(step: step.name)
        }
        steps.append(result)
    }

    private mutating func skip(_ step: Endpoint, at now: Timestamp, _ reason: String) {
        var result = CheckResult(of: step, endedAt: now)
        (result.outcome, result.notes) = (.skipped, ["not run: \(reason)"])
        steps.append(result)
    }

    private func reason(_ stop: Stop) -> String {
        switch stop {
        case .failed(let step): "\(step) failed before"
        case .timeout: "the suite's timeout of \(suite.timeout.text) was over"
        case .deadline: "the run's time was over"
        case .noRoom(let step): "there was no room for the body of \(step)"
        }
    }

    // MARK: Time

    private var suiteEnd: Timestamp { startedAt + suite.timeout }

    /// When steps that do not always run must have ended.
    private var ordinaryEnd: Timestamp {
        let open = suite.steps.dropFirst(steps.count + 1).filter { $0.isEnabled && $0.step?.alwaysRuns ?? false }
        let needed = open.reduce(Duration.zero) { $0 + $1.client.timeout }
        return min(suiteEnd, deadline - min(needed, (deadline - startedAt) / 4))
    }

    // MARK: The result

    /// The suite's result: down when a step is, timed out when nothing else is known than that the run was over.
    func result(at now: Timestamp) -> CheckResult {
        let ran = steps.contains { $0.attempts > 0 }
        var result = CheckResult(of: suite, startedAt: startedAt)
        result.steps = steps
        result.attempts = ran ? 1 : 0
        result.duration = now - startedAt
        let failing = steps.filter { ![.up, .skipped].contains($0.outcome) }
        result.outcome = failing.isEmpty ? .up : failing.contains { $0.outcome == .down } ? .down : .timedOut
        result.foundNothing = !failing.isEmpty && failing.allSatisfy(\.foundNothing)
        if failing.isEmpty, !ran {
            result.outcome = .down
            result.errors = ["nothing was asked: none of its endpoints is enabled"]
        }
        for step in failing {
            let shown = step.errors.isEmpty && step.failedConditions.isEmpty ? step.problems : step.errors
            result.errors += shown.map { "\(step.name): \($0)" }
            result.conditions += step.conditions.filter { !$0.isMet }.map {
                ConditionResult(text: "\(step.name): \($0.text)", isMet: false)
            }
            result.failedConditionCount += step.failedConditionCount
        }
        result.notes = steps.filter { $0.outcome != .skipped }.flatMap { step in
            (step.notes + step.captures.map { "\($0.name): \($0.value)" }).map { "\(step.name): \($0)" }
        }
        let measured = steps.compactMap(\.measurements)
        guard !measured.isEmpty else { return result }
        result.measurements = CheckResult.Measurements(
            isConnected: measured.contains(where: \.isConnected), ip: "", status: 0, responseTime: result.duration,
            timings: .init(), certificateExpiration: measured.compactMap(\.certificateExpiration).min(),
            domainExpiration: measured.compactMap(\.domainExpiration).min())
        return result
    }
}

extension CheckResult {
    /// A suite's result before one of its steps has run.
    init(of suite: Suite, startedAt: Timestamp) {
        self.init(
            name: suite.name, group: suite.group, key: suite.key, url: nil, labels: [], outcome: .timedOut,
            startedAt: startedAt)
        steps = []
    }

    /// The steps of a suite that are not up, by name; of an endpoint none.
    var failedSteps: [String] {
        (steps ?? []).filter { ![.up, .skipped].contains($0.outcome) }.map(\.name)
    }

    /// The result with what a maintenance window says of the suite and its steps.
    func inMaintenance(_ isInMaintenance: Bool) -> CheckResult {
        var result = self
        result.isInMaintenance = isInMaintenance
        result.steps = steps?.map { $0.inMaintenance(isInMaintenance) }
        return result
    }
}
