public import Basics
import JSON

/// What the metrics say about one watched service.
public struct ServiceStatus: Sendable, Equatable {
    /// Its name.
    public let service: String
    /// How many tests are known.
    public var attempts: Int
    /// How many of them succeeded.
    public var successes: Int
    /// Its newest test, if one is recent enough to be told apart.
    public var last: Test?

    /// One test's result.
    public struct Test: Sendable, Equatable {
        /// Whether the command ended well.
        public let succeeded: Bool
        /// How long it took; nil when the metrics do not say.
        public let duration: Duration?
        /// When it ended.
        public let time: Timestamp

        /// A result.
        public init(succeeded: Bool, duration: Duration?, time: Timestamp) {
            self.succeeded = succeeded
            self.duration = duration
            self.time = time
        }
    }

    /// A service's status.
    public init(service: String, attempts: Int, successes: Int, last: Test?) {
        self.service = service
        self.attempts = attempts
        self.successes = successes
        self.last = last
    }

    /// The share of tests that succeeded, rounded down so that only a clean record says 100 %: `66.6 %`.
    public var successRate: String {
        guard attempts > 0 else { return "-" }
        let tenths = successes * 1000 / attempts
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

extension [ServiceStatus] {
    /// The live table: a row per service.
    public func table(now: Timestamp) -> Table {
        Table(
            [
                .init("SERVICE"), .init("LAST"), .init("SUCCESS", rightAligned: true, dropOrder: 1),
                .init("ATTEMPTS", rightAligned: true, dropOrder: 3),
                .init("DURATION", rightAligned: true, dropOrder: 2), .init("SEEN", rightAligned: true, dropOrder: 4),
            ],
            rows: map { status in
                let last = status.last
                return [
                    .init(status.service),
                    last.map { $0.succeeded ? .init("ok", .good) : .init("FAILED", .bad) } ?? .init("-", .faint),
                    .init(status.successRate), .init(String(status.attempts)), .init(last?.duration?.text ?? "-"),
                    .init(last.map { (now - $0.time).ago } ?? "-", .faint),
                ]
            }
        )
    }
}

extension ServiceStatus {
    /// One line about the newest result, for output that is no terminal.
    public var line: String {
        guard let last else { return "\(service.printable): \(attempts) tests, \(successRate) succeeded" }
        let duration = last.duration.map { " in \($0.text)" } ?? ""
        let result = last.succeeded ? "ok" : "FAILED"
        return "\(last.time.iso8601) \(service.printable): \(result)\(duration); \(successRate) of \(attempts)"
    }
}

extension Duration {
    /// How long something is past, in whole seconds: `now`, `3 s ago`.
    fileprivate var ago: String { components.seconds < 1 ? "now" : Duration.seconds(components.seconds).text + " ago" }
}
