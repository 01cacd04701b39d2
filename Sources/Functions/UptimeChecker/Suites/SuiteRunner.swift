import Basics
import Transport

/// Runs a suite once: its steps one after the other, with the values and cookies that they share.
///
/// All decisions are in ``SuiteProgress``.
struct SuiteRunner: Sendable {
    let time: TimeSource
    let observe: CheckEngine.Observe

    /// - Parameter deadline: when the run ends; a suite that is not done by then has timed out.
    func run(_ suite: Suite, until deadline: Timestamp) async -> CheckResult {
        var progress = SuiteProgress(of: suite, startedAt: time.now(), deadline: deadline)
        let cookies = CookieJar()
        for step in suite.steps {
            let now = Task.isCancelled ? max(deadline, time.now()) : time.now()
            guard let limit = progress.limit(of: step, at: now) else { continue }
            let (result, attempt, isCutOff) = await check(step, progress.context, cookies, until: limit)
            progress.take(result, attempt, of: step, isCutOff: isCutOff, at: limit)
        }
        return progress.result(at: time.now())
    }

    /// Checks a step, again and again until it is up or its failure is confirmed.
    /// - Returns: the result, the attempt that it comes from, and whether the limit has ended that.
    private func check(
        _ step: Endpoint, _ context: SuiteContext, _ cookies: CookieJar, until limit: Timestamp
    ) async -> (CheckResult, CheckAttempt, isCutOff: Bool) {
        let (endpoint, problem) = step.filled(from: context, cookies: cookies)
        var result = CheckResult(of: step, endedAt: time.now())
        var last: CheckAttempt?
        while true {
            let attempt = await attempt(endpoint, problem, until: limit)
            let isCutOff =
                attempt.lacksRoom || attempt.isTimedOut && attempt.startedAt + step.client.timeout > limit
            // What the limit has cut off does not undo the failure before.
            if isCutOff, let last { return (result, last, isCutOff: false) }
            result.take(attempt, of: endpoint)
            last = attempt
            let repeats =
                !attempt.isUp && !isCutOff && problem == nil && result.attempts < step.confirmation.attempts
                && attempt.endedAt + step.confirmation.interval < limit
            guard repeats, (try? await time.sleep(step.confirmation.interval)) != nil else {
                return (result, attempt, isCutOff)
            }
        }
    }

    private func attempt(_ endpoint: Endpoint, _ problem: String?, until limit: Timestamp) async -> CheckAttempt {
        let start = time.now()
        var observation = Observation()
        if let problem {
            observation.note(CheckError(.notAsked, problem))
        } else {
            observation = await observe(endpoint, limit)
        }
        return CheckAttempt(observation, of: endpoint, startedAt: start, endedAt: time.now())
    }
}
