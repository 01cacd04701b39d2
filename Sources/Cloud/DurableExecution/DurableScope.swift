public import Basics
public import JSON

/// A durable run, or one of its children: a sequence of named operations whose results are remembered.
///
/// When another process takes the run up again, it executes the same code from the start. Operations that were recorded
/// return their recorded results without being executed again, so the code goes on where the last process ended. For
/// that, the code must ask for the same operations in the same order each time: time, chance and the outside world are
/// read only inside of steps. An operation of another kind or name than the recorded one is an error.
///
///     let before = try await scope.step("count tasks") { _ in try await count() }
///     try await scope.wait("settle", for: .seconds(3_600))
///     try await scope.step("scale", .atMostOnce) { _ in try await scale() }
public final class DurableScope: Sendable {
    /// Whether the next operation is already recorded, so that messages about it were given before.
    public var isReplaying: Bool { false }

    private let time: TimeSource

    /// A scope that remembers nothing beyond this process.
    public init(inMemory time: TimeSource) { self.time = time }

    /// Whether the next operation was recorded, and with this name.
    ///
    /// For decisions that depend on the outside world: take the recorded one before making a new one.
    public func isNext(_ name: String) -> Bool { false }

    /// Runs a body once and remembers its result.
    ///
    /// - Parameters:
    ///   - name: Up to 256 printable ASCII characters; for people, and compared on replay.
    ///   - repetition: What happens when a process ended inside the body.
    /// - Throws: What the body throws, which is not remembered; `DurableError.interrupted` for a step that may run at
    ///   most once and whose process ended inside it.
    public func step(
        _ name: String, _ repetition: StepRepetition = .atLeastOnce, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        try await body()
    }

    /// Waits, without a process where the backend can do so.
    ///
    /// - Parameter signal: ends the wait early when it is raised.
    /// - Returns: `false` when the signal ended the wait.
    @discardableResult
    public func wait(_ name: String, for duration: Duration, unless signal: DurableSignal? = nil) async throws -> Bool {
        try await time.sleep(duration)
        return true
    }

    /// Takes the next position for a part of the run, so that parts that start at the same time keep their order.
    public func reserveChild(_ name: String) -> DurableChild { DurableChild(scope: self) }

    /// Runs a part of the run with operations of its own; parts may run at the same time.
    public func child(
        _ name: String, _ body: @Sendable (DurableScope) async throws -> JSONValue
    ) async throws -> JSONValue {
        try await body(self)
    }
}

/// A part of a run that has its position and is to be run once.
public struct DurableChild: Sendable {
    let scope: DurableScope

    /// Runs it.
    public func run(_ body: @Sendable (DurableScope) async throws -> JSONValue) async throws -> JSONValue {
        try await body(scope)
    }
}

/// What happens to a step during which a process ended.
public enum StepRepetition: Sendable {
    /// It runs again.
    case atLeastOnce
    /// It does not run again: the scope throws `DurableError.interrupted`.
    case atMostOnce
}

/// Something that has happened, which ends waits early; stays raised.
public final class DurableSignal: Sendable {
    private let raised = Locked(false)

    /// Not raised.
    public init() {}

    /// Whether it was raised.
    public var isRaised: Bool { raised.withLock { $0 } }

    /// Raises it and ends the waits that heed it.
    public func raise() { raised.withLock { $0 = true } }
}

/// Why a durable run cannot go on.
public typealias DurableError = CodedError<DurableErrorCode>

/// The kinds of failure of a durable run.
public enum DurableErrorCode: String, ErrorCode {
    /// A process ended inside a step that may run at most once.
    case interrupted
    /// The code asks for another operation than the recorded one.
    case mismatch
    /// The record is not to be read or written.
    case unavailable
    /// More operations or data than the backend takes.
    case limit
}
