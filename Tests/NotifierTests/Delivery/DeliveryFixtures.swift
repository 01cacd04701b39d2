import AWS
import Basics
import Configuration
import ConfigurationSources
import FunctionRuntime
import JSON
import Logging
import Synchronization
import TestSupport
import Transport

@testable import Notifier

/// The loop and HTTP client that the tests of delivery share.
enum Network {
    static let loop = Result { try EventLoop.onOwnThread() }
    static let http = loop.map { HTTPClient(loop: $0, configuration: HTTPClientConfiguration()) }
}

/// Collects log lines.
final class LogLines: LogSink {
    private let lines = Mutex<[String]>([])

    func write(_ line: LogLine) { lines.withLock { $0.append(String(decoding: line.bytes, as: UTF8.self)) } }

    /// The metadata of the lines with a message.
    func metadata(of message: String) -> [String] {
        lines.withLock { $0 }.compactMap { line in
            guard let entry = try? JSONValue(parsing: line), entry["message"]?.stringValue == message else {
                return nil
            }
            return entry["metadata"]?.description
        }
    }

    /// All there is.
    var text: String { lines.withLock { $0 }.joined(separator: "\n") }
}

extension InvocationContext {
    static func test(_ clock: TestClock, remaining: Duration = .seconds(30), log: LogLines = LogLines()) -> Self {
        InvocationContext(
            requestID: "request-\(UInt64.random(in: 0...UInt64.max))", deadline: clock.now + remaining,
            logger: Logger(label: "test") { _ in FunctionLogHandler(format: .json, sink: log) }
        )
    }
}

extension FunctionResponse {
    var text: String {
        guard case .bytes(let bytes) = body else { return "a stream" }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// For tests that must not call AWS.
@Sendable func noAWS() throws -> AWSConfiguration { throw AWSError(.invalidConfiguration, "no AWS in this test") }

extension DeliveryContext {
    /// A delivery around a clock, with nothing in AWS.
    static func test(
        _ clock: TestClock, ledger: DeliveryLedger? = nil, digestAbove: Int = 0, graphs: GraphSource? = nil,
        aws: @escaping @Sendable () throws -> AWSConfiguration = noAWS
    ) throws -> DeliveryContext {
        // The deadline of a secret is real: a sleep that takes no time would end before every fetch.
        let secrets = SecretCache(
            remote: .aws(aws), time: clock.source(realSleep: { try await Task.sleep(for: $0) }),
            executor: try Network.loop.get()
        )
        let sender = MessageSender(
            http: try Network.http.get(), aws: aws, time: clock.source, attemptTimeout: .seconds(3)
        )
        return DeliveryContext(
            secrets: secrets, sender: sender, ledger: ledger ?? DeliveryLedger(aws: aws, now: { clock.now }),
            graphs: graphs,
            time: clock.source, digestAbove: digestAbove
        )
    }
}

extension ClaimResult {
    /// How many messages of a claimed notification have arrived; `nil` when it was not claimed.
    var sentParts: Int? { claim?.sentParts }

    var claim: DeliveryClaim? {
        guard case .claimed(let claim) = self else { return nil }
        return claim
    }
}

extension Notification {
    /// One that differs from others in its number alone.
    static func numbered(_ number: Int) -> Notification {
        Notification(
            title: "title-\(number)-end", text: "text \(number)", severity: .warning, time: Sample.time, source: .text,
            dedupeKey: "key-\(number)"
        )
    }
}
