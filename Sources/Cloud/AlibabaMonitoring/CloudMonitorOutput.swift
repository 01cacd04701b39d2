import AlibabaCloud
public import Basics
public import CloudWatchMetrics
import FunctionRuntime
import JSON
public import Transport

/// Writes metrics by CloudMonitor's `PutCustomMetric`, with the credentials of the invocation under way.
///
/// What is throttled, or meets a fault of the service, is sent again as long as there is time. What is refused for what
/// it holds is halved until the bad datum stands alone. CloudMonitor has no namespaces: metrics of different functions
/// are told apart by their names and dimensions.
public struct CloudMonitorOutput: MetricOutput {
    private static let version = "2019-01-01"
    /// How often a request is sent at most.
    private static let maximumAttempts = 4
    private static let attemptTimeout = Duration.seconds(5)
    /// The API takes 21 entries.
    ///
    /// They are parameters of the query, and not all servers take more than 8 KB of one.
    private static let maximum = RequestSize(data: 21, bytes: 7_500)

    private let settings: CloudMonitorSettings
    private let http: any HTTPExecuting
    private let time: TimeSource
    private let nonce: @Sendable () -> String

    /// - Parameter nonce: a text that has not been there before.
    public init(
        settings: CloudMonitorSettings, http: any HTTPExecuting, time: TimeSource,
        nonce: @escaping @Sendable () -> String = { randomUUID { .random(in: 0...255) } }
    ) {
        self.settings = settings
        self.http = http
        self.time = time
        self.nonce = nonce
    }

    /// Writes the batches as `BatchSender` does.
    public func write(_ batches: [[MetricDatum]], until end: Timestamp) async -> MetricWriteResult {
        let group = settings.group
        let limits = RequestLimits(maximum: Self.maximum) { datum in
            // Two digits of a place are the longest; a value that counts n times is n entries.
            let call = Self.call([datum], group: group, from: 10)
            return RequestSize(data: datum.count, bytes: call.canonicalQuery.utf8.count + 1)
        }
        return await BatchSender(limits: limits, send: send).write(batches, until: end)
    }

    private static func call(_ data: [MetricDatum], group: String, from first: Int = 1) -> AlibabaCloudCall {
        var call = AlibabaCloudCall("PutCustomMetric", version: version)
        let entries = data.flatMap { Array(repeating: CloudMonitorEntry($0), count: $0.count) }
        call.query = entries.enumerated().flatMap { $1.parameters(at: first + $0, group: group) }
        return call
    }

    private func send(_ data: [MetricDatum], until end: Timestamp) async throws {
        guard let credentials = InvocationContext.current?.credentials ?? settings.credentials else {
            throw failure("not called: the function has no role, and so no credentials; give it one")
        }
        let call = Self.call(data, group: settings.group)
        for attempt in 1... {
            let left = end - time.now()
            guard left > .zero else { throw failure("not called: no time left in this invocation") }
            let request = call.request(
                to: settings.endpoint, credentials, at: time.now(), nonce: nonce(),
                timeout: min(left, Self.attemptTimeout))
            let reason: String
            do {
                let answer = Answer(try await http.execute(request))
                switch answer.meaning {
                case .taken: return
                case .refused: throw RefusedData(reason: "CloudMonitor refused it: \(answer.text)")
                case .denied:
                    throw failure("answered \(answer.text): the function's role needs cms:PutCustomMetric")
                case .failed: throw failure("answered \(answer.text)")
                case .busy: reason = "answered \(answer.text)"
                }
            } catch let error as TransportError {
                reason = "cannot be reached: \(error)"
            }
            let pause = Duration.milliseconds(Int64(Double(200 << attempt) * (0.5 + time.random() / 2)))
            guard attempt < Self.maximumAttempts, time.now() + pause < end else {
                throw failure("\(reason), after \(attempt) attempt\(attempt == 1 ? "" : "s")")
            }
            try await time.sleep(pause)
        }
    }

    private func failure(_ text: String) -> MetricsError {
        MetricsError(.notAccepted, "CloudMonitor (\(settings.endpoint.authority)) \(text)")
    }
}

/// What CloudMonitor answered.
///
/// A status of 200 is no success by itself: the member `Code` says whether the data were taken.
private struct Answer {
    enum Meaning {
        case taken
        /// Because of what the data are.
        case refused
        /// The caller may not do this.
        case denied
        /// Throttled, or a fault of the service: the same request may be taken later.
        case busy
        case failed
    }

    let meaning: Meaning
    /// For people: status, code and message.
    let text: String

    init(_ response: HTTPResponse) {
        let body = try? JSONValue(parsing: response.body)
        let code = body?["Code"]?.text ?? ""
        let words = [code, body?["Message"]?.text ?? "", body?["RequestId"]?.text.map { "request \($0)" } ?? ""]
        text = (["\(response.status)"] + words.filter { !$0.isEmpty }.map { String($0.prefix(300)) })
            .joined(separator: ", ")
        meaning = Self.meaning(status: response.status, code: code)
    }

    /// A code is a number like a status, or a name like `Throttling.User`.
    private static func meaning(status: Int, code: String) -> Meaning {
        if status == 200, code == "200" { return .taken }
        func begins(_ prefixes: String...) -> Bool { prefixes.contains { code.hasPrefix($0) } }
        let isNumber = Int(code) != nil
        let status = Int(code) ?? status
        if begins("Throttling", "ServiceUnavailable", "ServiceBusy", "InternalError", "SignatureNonceUsed") {
            return .busy
        }
        if status == 429 || status >= 500 { return .busy }
        if status == 403 || begins("Forbidden", "NoPermission", "AccessForbidden", "AccessDenied") { return .denied }
        if status == 413 || status == 414 || (status == 400 && isNumber) { return .refused }
        // Other codes tell of the caller or the call, such as an old key: no other data would fare better.
        let isOfData = begins(
            "Parameter", "InvalidParameter", "MissingParameter", "IllegalParameter", "InvalidMetric",
            "InvalidDimension")
        return isOfData ? .refused : .failed
    }
}

extension JSONValue {
    /// A string, or a number as one.
    fileprivate var text: String? { stringValue ?? intValue.map { "\($0)" } }
}
