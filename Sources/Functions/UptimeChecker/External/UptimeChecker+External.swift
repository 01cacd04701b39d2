import Basics
import FunctionRuntime
import JSON
import Logging

extension UptimeChecker {
    /// How long a push may take at most: whoever sends it waits.
    private static let pushTime = Duration.seconds(20)

    /// Answers an HTTP request, which pushes the result of an external endpoint.
    ///
    /// Nothing is called before the token is right. The answer is 200 only when everything is written: metrics, state
    /// and the change, if there is one; `UPTIME_FAIL_ON` does not matter here.
    func answer(_ request: ExternalRequest, _ context: InvocationContext) async -> FunctionResponse {
        let reply = await reply(to: request, context)
        if reply.status == 503 {
            context.report(partialFailures: 1, at: time.now())
        } else if reply != .taken {
            context.logger.notice("push refused", metadata: ["status": "\(reply.status)", "reason": "\(reply.text)"])
        }
        return FunctionResponse(json: reply.response)
    }

    private func reply(to request: ExternalRequest, _ context: InvocationContext) async -> ExternalReply {
        let now = time.now()
        let end = min(context.deadline - Self.reserve, now + Self.pushTime)
        let file: UptimeConfiguration
        do { file = try await self.file(until: end, logger: context.logger) } catch {
            context.logger.error("push not taken", metadata: ["reason": "\(error)"])
            return .notStored("the endpoints cannot be read")
        }
        let pushed: PushedResult
        do throws(ExternalReply) {
            pushed = try request.result(for: file.external)
        } catch {
            return error
        }
        let result = CheckResult(pushed, at: now).inMaintenance(file.isInMaintenance(pushed.endpoint, at: now))
        return await take(result, until: end, context)
    }

    private func take(_ result: CheckResult, until end: Timestamp, _ context: InvocationContext) async -> ExternalReply
    {
        var report = RunReport(results: [result], skipped: 0, duration: .zero)
        async let tracking = pushes.track(result, until: end)
        await write([result], of: result.startedAt, until: end, &report)
        let tracked = await tracking
        let failures = [
            ("metrics", report.metricFailure), ("changes", tracked.publishingFailure), ("state", tracked.stateFailure),
        ].compactMap { what, reason in reason.map { (what: what, reason: $0) } }
        report.metricFailure = nil
        report.tracking.changes = tracked.changes
        report.logFindings(to: context.logger)
        for (what, reason) in failures {
            context.logger.error("push incomplete", metadata: ["what": "\(what)", "reason": "\(reason)"])
        }
        context.logger.info(
            "result pushed", metadata: ["endpoint": "\(result.displayName)", "outcome": "\(result.outcome.rawValue)"])
        guard failures.isEmpty else {
            return .notStored(failures.map(\.what).joined(separator: " and ") + " could not be written")
        }
        return .taken
    }
}
