import AWS
public import Basics
import Events
public import FunctionRuntime
import JSON
import Logging
import ServiceHistory
public import Transport

/// The function that writes the SLA report: on a schedule all of it, after a result the files of its service.
///
/// A report that lacks something says so in its pages and fails the invocation, so that somebody notices; what could be
/// made is written before. When nothing can be read nothing is written, and the last report stays.
///
/// | event | what is written | after a failure |
/// |---|---|---|
/// | a schedule, or anything else without results | everything | the invocation fails |
/// | results from SQS | the original's files of their services | the records of those services come again |
/// | results from SNS | the same | the invocation fails, and Lambda tries again |
public struct SLAReporter: FunctionHandler {
    /// Kept back from the invocation's time, to answer in.
    private static let reserve = Duration.seconds(1)

    private let run: ReportRun
    private let settings: ReportSettings
    private let time: TimeSource
    /// When the list of services was written for a message the last time, by this process.
    private let listedAt = Locked<Timestamp?>(nil)

    /// A reporter.
    /// - Throws: ``ReportError`` with everything that is wrong with the variables.
    public init(environment: Environment, loop: EventLoop) throws {
        let variables = environment.variables
        let configuration = OnFirstUse { try AWSConfiguration(environment: variables, loop: loop) }
        try self.init(variables, time: .live(loop)) { try configuration.value() }
    }

    init(
        _ variables: [String: String], time: TimeSource, aws: @escaping @Sendable () throws -> AWSConfiguration
    ) throws {
        settings = try ReportSettings(variables)
        run = try ReportRun(settings, environment: variables, time: time, aws: aws)
        self.time = time
    }

    /// What is set and does nothing.
    public var startWarnings: [String] { settings.ignored }

    /// Writes what the event asks for.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let incoming = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: time.now())
        if let fault = incoming.fault { throw ReportError(.invalid, "\(fault)", underlying: fault) }
        switch incoming.kind {
        case .http:
            throw ReportError(.invalid, "an HTTP request makes no report: invoke the function, or let a schedule do it")
        case .direct where !incoming.messages.contains { $0.value["service"] != nil && $0.value["succeeded"] != nil }:
            return try await report(context)
        default: return try await update(incoming, context)
        }
    }

    private func deadline(_ context: InvocationContext) -> Timestamp { context.deadline - Self.reserve }

    // MARK: A schedule

    private func report(_ context: InvocationContext) async throws -> FunctionResponse {
        let logger = context.logger
        let summary = try await run.all(deadline: deadline(context)) { logger.debug("\($0)") }
        log(summary, context)
        guard summary.isComplete else {
            throw ReportError(
                summary.files.failures.isEmpty ? .unreadable : .unwritten,
                "the report is written, but not whole: \(summary.problems)")
        }
        return FunctionResponse(json: summary.json)
    }

    private func log(_ summary: ReportSummary, _ context: InvocationContext) {
        for warning in summary.warnings.prefix(20) { context.logger.warning("\(warning)") }
        for unread in summary.unread.prefix(20) {
            context.logger.error("not read", metadata: ["what": "\(unread.what)", "reason": "\(unread.reason)"])
        }
        for (path, reason) in summary.files.failures.prefix(20) {
            context.logger.error("not written", metadata: ["path": "\(path)", "reason": "\(reason)"])
        }
        context.logger.info(
            summary.isSuperseded ? "a later report has been written: nothing to do" : "report written",
            metadata: [
                "services": .stringConvertible(summary.services.count), "points": .stringConvertible(summary.points),
                "calls": .stringConvertible(summary.calls), "written": .stringConvertible(summary.files.written),
                "unchanged": .stringConvertible(summary.files.unchanged),
                "superseded": .stringConvertible(summary.files.superseded),
                "removed": .stringConvertible(summary.files.removed),
                "unread": .stringConvertible(summary.unread.count),
                "failed": .stringConvertible(summary.files.failures.count),
            ])
    }

    // MARK: Results

    /// A message, and the result in it.
    private struct Incoming {
        let recordID: String
        let result: Result<SLAResult, EventError>
    }

    private func update(_ event: IncomingEvent, _ context: InvocationContext) async throws -> FunctionResponse {
        let incoming = event.messages.map { message in
            Incoming(
                recordID: message.queueID ?? message.id,
                result: Result { () throws(EventError) in
                    if let fault = message.fault { throw fault }
                    if case .string(let text) = message.value { return try SLAResult(parsing: text) }
                    return try SLAResult(message.value)
                })
        }
        for entry in incoming {
            guard case .failure(let error) = entry.result else { continue }
            context.logger.error(
                "record rejected", metadata: ["record": "\(entry.recordID)", "reason": "\(error)"])
        }
        let results = incoming.compactMap { try? $0.result.get() }
        var failed: Set<String> = []
        var failure: (any Error)?
        var answer: JSONValue = ["state": "ignored"]
        if !results.isEmpty, settings.parts.contains(.original) {
            do {
                let (names, points) = Self.newest(results)
                let summary = try await run.some(names, points, deadline: deadline(context))
                log(summary, context)
                answer = summary.json
                failed = summary.failedServices
                if !failed.isEmpty {
                    failure = ReportError(.unwritten, summary.problems)
                }
            } catch {
                failed = Set(results.map(\.service))
                failure = error
                context.logger.error("results not reported", metadata: ["error": "\(error)"])
            }
            await refreshList(context)
        }
        return try answerTo(event, incoming, failed, failure, answer, context)
    }

    private func answerTo(
        _ event: IncomingEvent, _ incoming: [Incoming], _ failed: Set<String>, _ failure: (any Error)?,
        _ answer: JSONValue, _ context: InvocationContext
    ) throws -> FunctionResponse {
        let unwritten = incoming.filter { entry in
            (try? entry.result.get()).map { failed.contains($0.service) } ?? true
        }
        // Without ReportBatchItemFailures an answer is a success of all: when all failed the invocation has to.
        let isNothing = !incoming.isEmpty && unwritten.count == incoming.count
        if isNothing || (event.kind != .queue && failure != nil) {
            if let failure {
                throw ReportError(.unwritten, "the results' files were not written: \(failure)", underlying: failure)
            }
            let reasons = incoming.compactMap { entry -> String? in
                guard case .failure(let error) = entry.result else { return nil }
                return "\(entry.recordID): \(error)"
            }
            throw ReportError(.invalid, "no record is a result: \(reasons.first ?? "")")
        }
        context.report(partialFailures: unwritten.count, at: time.now())
        guard event.kind == .queue else { return FunctionResponse(json: answer) }
        return FunctionResponse(json: PartialBatchResponse(failedIDs: unwritten.map(\.recordID)).json)
    }

    /// The services of results, each once, with its newest result as a point.
    private static func newest(_ results: [SLAResult]) -> (names: [String], points: [HistoryPoint?]) {
        var names: [String] = []
        var newest: [String: SLAResult] = [:]
        for result in results {
            if newest[result.service] == nil { names.append(result.service) }
            if let other = newest[result.service], other.timestamp >= result.timestamp { continue }
            newest[result.service] = result
        }
        return (
            names,
            names.map { name in
                newest[name].map { result in
                    let minute = result.timestamp.microseconds.flooredDivision(by: 60_000_000).quotient
                    let seconds = result.executionSeconds ?? result.executionSecs
                    return HistoryPoint(
                        start: Timestamp(microseconds: minute * 60_000_000), length: .seconds(60), attempts: 1,
                        successes: result.succeeded ? 1 : 0, seconds: seconds, maximumSeconds: seconds)
                }
            }
        )
    }

    /// Writes the list of services when it is old; a failure is logged, for the next message tries again.
    private func refreshList(_ context: InvocationContext) async {
        let now = time.now()
        if let last = listedAt.withLock({ $0 }), now - last < settings.listMaximumAge { return }
        do {
            let summary = try await run.list(deadline: deadline(context))
            for (path, reason) in summary.failures {
                context.logger.error("not written", metadata: ["path": "\(path)", "reason": "\(reason)"])
            }
            if summary.failures.isEmpty { listedAt.withLock { $0 = now } }
            context.report(partialFailures: summary.failures.count, at: now)
        } catch {
            context.logger.error("the list of services was not written", metadata: ["error": "\(error)"])
            context.report(partialFailures: 1, at: now)
        }
    }
}
