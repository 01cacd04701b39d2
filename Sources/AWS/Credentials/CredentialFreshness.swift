internal import JSON

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
