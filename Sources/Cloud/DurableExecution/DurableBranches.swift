internal import Basics
public import JSON

/// The parts of a run that go on at the same time; made by ``DurableScope/concurrently(_:)``.
public struct DurableBranches {
    private let scope: DurableScope
    private var group: TaskGroup<Void>
    fileprivate let all = Locked<[DurableBranch]>([])

    fileprivate init(_ scope: DurableScope, _ group: TaskGroup<Void>) { (self.scope, self.group) = (scope, group) }

    /// Starts a branch: a child with a scope of its own, whose result is remembered.
    ///
    /// Its position is taken now, not when its task first runs: branches are to be started in the same order each time.
    @discardableResult
    public mutating func start(
        _ name: String, _ body: @escaping @Sendable (DurableScope) async throws -> JSONValue
    ) -> DurableBranch {
        let branch = DurableBranch(scope.engine)
        let identity = scope.next(.context, name)
        let scope = scope
        scope.engine.flowBegins()
        all.withLock { $0.append(branch) }
        group.addTask {
            do { branch.end(.success(try await scope.runBranch(identity, body))) } catch { branch.end(.failure(error)) }
        }
        return branch
    }
}

/// One of the parts of a run that go on at the same time.
public final class DurableBranch: Sendable {
    private struct State {
        var result: Result<JSONValue, any Error>?
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// Whether somebody was told of the result.
        var isTaken = false
    }

    private let engine: DurableEngine
    private let state = Locked(State())

    fileprivate init(_ engine: DurableEngine) { self.engine = engine }

    /// Whether the branch has ended, by a result or an error.
    public var isFinished: Bool { state.withLock { $0.result != nil } }

    /// Waits for the end of the branch.
    ///
    /// - Throws: what its body threw.
    public func value() async throws -> JSONValue {
        await finish()
        let result = state.withLock { state in
            state.isTaken = true
            return state.result
        }
        return try result?.get() ?? .null
    }

    /// Waits for the end; the waiting flow does not keep the run from being suspended.
    fileprivate func finish() async {
        if isFinished { return }
        await withCheckedContinuation { continuation in
            let isWaiting = state.withLock { state in
                if state.result == nil { state.waiters.append(continuation) }
                return state.result == nil
            }
            if isWaiting { engine.flowPauses() } else { continuation.resume() }
        }
    }

    fileprivate func end(_ result: Result<JSONValue, any Error>) {
        let waiters = state.withLock { state in
            state.result = result
            defer { state.waiters = [] }
            return state.waiters
        }
        engine.flowPauses(resuming: waiters.count)
        for waiter in waiters { waiter.resume() }
    }

    /// An error that nobody was told of.
    fileprivate var untoldError: (any Error)? {
        state.withLock { state in
            guard !state.isTaken, case .failure(let error)? = state.result else { return nil }
            return error
        }
    }
}

extension DurableScope {
    /// Runs a body that starts branches, and returns when it and all of them have ended.
    ///
    ///     try await scope.concurrently { branches in
    ///         let load = branches.start("load") { scope in try await scope.step("load") { … } }
    ///         try await scope.wait("settle", for: .seconds(600))
    ///         return try await load.value()
    ///     }
    ///
    /// Use this and not a task group: the run is suspended when every branch waits, so the engine must know them. When
    /// the body throws, the branches are cancelled; waits end at once, steps when they heed it. To end a branch in an
    /// orderly way give its waits a ``DurableSignal``.
    /// - Throws: what the body throws; else the error of the first branch that failed and whose
    ///   ``DurableBranch/value()`` nobody has asked for.
    public func concurrently<R>(_ body: (inout DurableBranches) async throws -> R) async throws -> R {
        let (result, branches) = await withTaskGroup(of: Void.self) { group in
            var branches = DurableBranches(self, group)
            let result: Result<R, any Error>
            do { result = .success(try await body(&branches)) } catch {
                result = .failure(error)
                // On suspension the others end by themselves: a step that runs is not to be disturbed.
                if !engine.isSuspended { group.cancelAll() }
            }
            let all = branches.all.withLock { $0 }
            for branch in all { await branch.finish() }
            return (result, all)
        }
        let value = try result.get()
        if let error = branches.lazy.compactMap(\.untoldError).first { throw error }
        return value
    }
}
