public import Basics
import JSON
internal import Synchronization

/// Keeps credentials until shortly before they expire, and lets one refresh serve everybody who waits.
///
/// A refresh goes on when those who wait for it are cancelled. A failed one is forgotten: the next caller tries again,
/// after a short pause while the old credentials still work.
public final class CachedCredentials: CredentialsProvider {
    private struct State {
        var freshness = CredentialFreshness()
        var waiters: [AsyncThrowingStream<AWSCredentials, any Error>.Continuation] = []
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Timestamp
    private let executor: (any TaskExecutor)?
    private let fetch: @Sendable () async throws -> AWSCredentials

    /// - Parameters:
    ///   - now: the clock.
    ///   - executor: where refreshes run: the event loop.
    ///   - fetch: gets new credentials; bounded in time by itself.
    public init(
        now: @escaping @Sendable () -> Timestamp, executor: (any TaskExecutor)? = nil,
        fetch: @escaping @Sendable () async throws -> AWSCredentials
    ) {
        self.now = now
        self.executor = executor
        self.fetch = fetch
    }

    /// The kept credentials, or those of the refresh that is under way.
    public func credentials() async throws -> AWSCredentials {
        let step = state.withLock { state in
            let step = state.freshness.next(at: now())
            if step.refreshes { startRefresh() }
            if let credentials = step.credentials { return Step.use(credentials) }
            let (stream, continuation) = AsyncThrowingStream<AWSCredentials, any Error>.makeStream()
            state.waiters.append(continuation)
            return Step.wait(stream)
        }
        switch step {
        case .use(let credentials): return credentials
        case .wait(let stream):
            for try await credentials in stream { return credentials }
            throw CancellationError()  // only this waiter's task was cancelled
        }
    }

    /// Drops the kept credentials if they are these.
    public func invalidate(_ rejected: AWSCredentials) async {
        state.withLock { $0.freshness.invalidate(rejected) }
    }

    private enum Step {
        case use(AWSCredentials)
        case wait(AsyncThrowingStream<AWSCredentials, any Error>)
    }

    private func startRefresh() {
        // Not a child of the caller's task: its cancellation must not reach the others who wait.
        Task(executorPreference: executor) { [self] in
            let result: Result<AWSCredentials, any Error>
            do { result = .success(try await fetch()) } catch { result = .failure(error) }
            finish(result)
        }
    }

    private func finish(_ result: Result<AWSCredentials, any Error>) {
        let (result, waiters) = state.withLock { state in
            let outcome = state.freshness.refreshed(result, at: now())
            defer { state.waiters = [] }
            return (outcome, state.waiters)
        }
        for waiter in waiters {
            switch result {
            case .success(let credentials):
                waiter.yield(credentials)
                waiter.finish()
            case .failure(let error): waiter.finish(throwing: error)
            }
        }
    }
}

/// Decides when kept credentials are used, refreshed in the background or waited for.
struct CredentialFreshness: Sendable {
    /// Before this the refresh runs in the background.
    static let advisoryWindow = Duration.seconds(15 * 60)
    /// Within this the caller waits for the refresh.
    static let mandatoryWindow = Duration.seconds(5 * 60)
    /// After a failed refresh, working credentials are used this long before the next try.
    static let pauseAfterFailure = Duration.seconds(30)

    private var current: AWSCredentials?
    private var isRefreshing = false
    private var failedAt: Timestamp?

    /// What a caller gets; `credentials` is `nil` when it has to wait for the refresh.
    mutating func next(at now: Timestamp) -> (credentials: AWSCredentials?, refreshes: Bool) {
        let remaining = current.map { credentials in credentials.expiration.map { $0 - now } ?? .seconds(1 << 40) }
        guard let remaining, remaining > .zero else { return (nil, startRefresh()) }
        if remaining > Self.advisoryWindow { return (current, false) }
        if let failedAt, now - failedAt < Self.pauseAfterFailure { return (current, false) }
        return (remaining > Self.mandatoryWindow ? current : nil, startRefresh())
    }

    /// Takes in a refresh's outcome; what those who wait get: after a failure the old credentials while they work.
    mutating func refreshed(
        _ result: Result<AWSCredentials, any Error>, at now: Timestamp
    ) -> Result<AWSCredentials, any Error> {
        isRefreshing = false
        switch result {
        case .success(let credentials):
            current = credentials
            failedAt = nil
            return result
        case .failure:
            failedAt = now
            guard let current, current.expiration.map({ $0 > now }) ?? true else { return result }
            return .success(current)
        }
    }

    /// Forgets credentials that a service rejected.
    mutating func invalidate(_ rejected: AWSCredentials) {
        if current == rejected { current = nil }
    }

    private mutating func startRefresh() -> Bool {
        defer { isRefreshing = true }
        return !isRefreshing
    }
}
