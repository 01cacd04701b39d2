public import Basics
public import ServiceHistory

/// How a service is now.
public enum ServiceState: String, Sendable, CaseIterable {
    case up
    /// Some of its newest results are bad.
    case degraded
    case down
    /// Planned work is being done; what fails does not count.
    case maintenance
    /// There are no results yet, or none any more.
    case unknown
}

/// A service as a page shows it.
public struct ServiceEntry: Sendable {
    /// Results by period, up to 90 days.
    public var history: ServiceHistory
    /// How it is now.
    public var state: ServiceState
    /// The newest result; nil when there is none.
    public var lastResult: Timestamp?
    /// Its duration in seconds.
    public var lastSeconds: Double?
    /// The address of an endpoint, without secrets, or the command of a test.
    public var target: String?
    /// Days until the certificate of an endpoint ends; negative after that.
    public var certificateDays: Int?
    /// A page about this service alone, relative to the page that is drawn; nil when there is none.
    public var page: String?

    /// Makes a service.
    public init(
        history: ServiceHistory, state: ServiceState, lastResult: Timestamp? = nil, lastSeconds: Double? = nil,
        target: String? = nil, certificateDays: Int? = nil, page: String? = nil
    ) {
        self.history = history
        self.state = state
        self.lastResult = lastResult
        self.lastSeconds = lastSeconds
        self.target = target
        self.certificateDays = certificateDays
        self.page = page
    }
}
