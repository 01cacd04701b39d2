public import Basics
public import JSON

/// A durable run: code whose steps are remembered, and where they are recorded.
///
///     let run = DurableRun.file("/var/lib/tocsin/run.jsonl")
///     let outcome = try await run.execute(time: .live(loop)) { scope in
///         try await scope.step("count") { try await count() }
///     }
///
/// The places are values made by static functions, and not types that conform to a protocol: the linker drops those
/// that a program does not name.
public struct DurableRun: Sendable {
    private let open: @Sendable (TimeSource) async throws -> DurableLog

    init(open: @escaping @Sendable (TimeSource) async throws -> DurableLog) { self.open = open }

    /// What became of an execution.
    public enum Outcome: Sendable, Hashable {
        /// The body has returned, now or in an earlier process.
        case completed(JSONValue)
        /// The run goes on in another process: at this time, or when a callback is completed.
        case suspended(until: Timestamp?)
    }

    /// Executes the body, from where the last process has ended.
    ///
    /// A run that is completed gives its result again, without executing the body. When the body throws, the run is not
    /// completed: the next execution repeats what was recorded and goes on.
    /// - Parameters:
    ///   - suspendBefore: no operation begins and no wait lasts from this time on; the run is suspended instead. For
    ///     processes whose end is known, such as a function's: leave time for the longest step.
    /// - Throws: what the body throws; `DurableError` when the record cannot be read or written, or another process has
    ///   the run.
    public func execute(
        time: TimeSource, suspendBefore: Timestamp? = nil,
        _ body: @Sendable (DurableScope) async throws -> JSONValue
    ) async throws -> Outcome {
        let log = try await open(time)
        do {
            let outcome = try await Self.execute(log, time, suspendBefore, body)
            await log.close()
            return outcome
        } catch {
            await log.close()
            throw error
        }
    }

    static func execute(
        _ log: DurableLog, _ time: TimeSource, _ suspendBefore: Timestamp?,
        _ body: @Sendable (DurableScope) async throws -> JSONValue
    ) async throws -> Outcome {
        if let result = log.result { return .completed(result) }
        let engine = DurableEngine(log, time: time, suspendBefore: suspendBefore)
        let result: JSONValue
        do { result = try await maintaining(log) { try await body(DurableScope(engine)) } } catch {
            // Whatever the code made of the suspension on its way.
            if let suspension = engine.suspension { return .suspended(until: suspension.until) }
            throw error
        }
        if let suspension = engine.suspension { return .suspended(until: suspension.until) }
        if let failure = engine.failure { throw failure }
        do { try await log.complete(result) } catch let suspension as DurableSuspension {
            return .suspended(until: suspension.until)
        }
        return .completed(result)
    }

    /// Keeps the run while the body runs.
    private static func maintaining(
        _ log: DurableLog, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        guard let maintain = log.maintain else { return try await body() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            // A failure shows at the next record, or is put right by the next renewal.
            group.addTask { try? await maintain() }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}
