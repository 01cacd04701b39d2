import Basics
import DurableExecution

/// A demand that a run ends early: by a signal, a stop condition, the lever, a control or a deadline.
///
/// The activity that runs in the foreground is cancelled and its pause ends. Activities in the background are awaited
/// after a signal, as in Chaos Toolkit, and cancelled for every other reason.
public final class Interruption: Sendable {
    /// Why a run is to end.
    public struct Reason: Sendable, Hashable {
        /// What demands it.
        public enum Kind: String, Sendable {
            /// Ctrl-C.
            case interrupt = "SIGINT"
            case terminate = "SIGTERM"
            /// Ends the run with its rollbacks.
            case leave = "SIGUSR1"
            /// Ends the run at once, without rollbacks; background activities are not awaited.
            case leaveAtOnce = "SIGUSR2"
            case stopCondition = "stop-condition"
            case lever
            case control
            case deadline
            /// The guard or a lock does not allow the next activity.
            case refused
            /// The process that ran the experiment is gone.
            case lost
        }

        /// What demands it.
        public var kind: Kind
        /// The name of the condition, control or rule; nil for a signal.
        public var name: String?
        /// For people.
        public var text: String

        /// A reason.
        public init(_ kind: Kind, name: String? = nil, _ text: String) {
            (self.kind, self.name, self.text) = (kind, name, text)
        }

        /// Whether it is a signal of the operating system.
        public var isSignal: Bool { kind.rawValue.hasPrefix("SIG") }

        /// Whether activities in the background are cancelled, too.
        var endsBackground: Bool { !isSignal || kind == .leaveAtOnce }
    }

    private struct State {
        var reason: Reason?
        var number = 0
        /// What to cancel, by number.
        var handlers: [Int: Handler] = [:]
    }

    private struct Handler {
        let isBackground: Bool
        let cancel: @Sendable () -> Void
    }

    private let foreground = DurableSignal()
    private let background = DurableSignal()

    private let state = Locked(State())

    /// Nothing is demanded.
    public init() {}

    /// The first reason; nil as long as the run may go on.
    public var reason: Reason? { state.withLock { $0.reason } }

    /// Demands the end; only the first reason counts.
    public func raise(_ reason: Reason) {
        let handlers = state.withLock { state -> [Handler]? in
            guard state.reason == nil else { return nil }
            state.reason = reason
            return state.handlers.values.filter { !$0.isBackground || reason.endsBackground }
        }
        guard let handlers else { return }
        foreground.raise()
        if reason.endsBackground { background.raise() }
        for handler in handlers { handler.cancel() }
    }

    /// Ends the pauses of activities in the foreground or in the background.
    func signal(forBackground isBackground: Bool) -> DurableSignal { isBackground ? background : foreground }

    /// Whether activities in the foreground or in the background are to end.
    func isRaised(forBackground isBackground: Bool) -> Bool {
        reason.map { !isBackground || $0.endsBackground } ?? false
    }

    /// Runs a body that is cancelled when the end is demanded.
    /// - Throws: `ExperimentError` with `.interrupted` when the body was cancelled; else what the body throws.
    func interruptible<R: Sendable>(
        inBackground isBackground: Bool, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let handler = Handler(isBackground: isBackground) { continuation.finish() }
        guard let number = register(handler) else { throw interrupted }
        defer { state.withLock { $0.handlers[number] = nil } }
        return try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in stream {}
                return nil
            }
            defer { group.cancelAll() }
            do {
                // The first to end decides; a cancelled body is still awaited, so that its child process is killed.
                if let result = try await group.next(), let result { return result }
                group.cancelAll()
                while let late = try await group.next() { if let late { return late } }
            } catch  where isRaised(forBackground: isBackground) && !Task.isCancelled {
                throw interrupted
            }
            try Task.checkCancellation()
            throw interrupted
        }
    }

    private var interrupted: ExperimentError { ExperimentError(.interrupted, reason?.text ?? "interrupted") }

    /// - Returns: nil when the end is already demanded.
    private func register(_ handler: Handler) -> Int? {
        state.withLock { state in
            if let reason = state.reason, !handler.isBackground || reason.endsBackground { return nil }
            state.number += 1
            state.handlers[state.number] = handler
            return state.number
        }
    }
}
