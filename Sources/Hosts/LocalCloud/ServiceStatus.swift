public import Basics
import JSON
public import TextTables

/// The state of one watched service, as its metrics show it.
public struct ServiceStatus: Sendable, Equatable {
    /// `group/name` for uptime checks, the service's name for tests.
    public let service: String
    /// How many tests have run.
    public var attempts: Int
    /// How many of them succeeded.
    public var successes: Int
    /// The newest test; nil when none is recent enough for datapoints of one second.
    public var last: Test?

    /// The result of one test.
    public struct Test: Sendable, Equatable {
        /// Whether the test passed.
        public let succeeded: Bool
        /// nil when there is no metric of it.
        public let duration: Duration?
        /// When the test ended, to the second.
        public let time: Timestamp

        /// Makes a result, for tests of the table.
        public init(succeeded: Bool, duration: Duration?, time: Timestamp) {
            self.succeeded = succeeded
            self.duration = duration
            self.time = time
        }
    }

    /// Makes a status, for tests of the table.
    public init(service: String, attempts: Int, successes: Int, last: Test?) {
        self.service = service
        self.attempts = attempts
        self.successes = successes
        self.last = last
    }

    /// The share of tests that passed, such as `66.6 %`; rounded down, so that `100 %` means no failure at all.
    public var successRate: String {
        guard attempts > 0 else { return "-" }
        let tenths = successes * 1000 / attempts
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

extension [ServiceStatus] {
    /// The table of `tocsin up`, with a row per service.
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
    /// A line about the newest result, for output that is not a terminal.
    public var line: String {
        guard let last else { return "\(service.printable): \(attempts) tests, \(successRate) succeeded" }
        let duration = last.duration.map { " in \($0.text)" } ?? ""
        let result = last.succeeded ? "ok" : "FAILED"
        return "\(last.time.iso8601) \(service.printable): \(result)\(duration); \(successRate) of \(attempts)"
    }
}

extension Duration {
    /// The age in whole seconds: `now`, `3 s ago`.
    fileprivate var ago: String { components.seconds < 1 ? "now" : Duration.seconds(components.seconds).text + " ago" }
}
