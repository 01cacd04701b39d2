public import Basics
public import FunctionRuntime
import JSON
public import Transport

/// Function Compute's queue of asynchronous invocations.
///
/// Function Compute stores an event before it answers, invokes the function with it, tries again after a failure, and
/// gives what failed to the end to the destination of the function's asynchronous configuration. With `asyncTask` in
/// that configuration an id that it has seen is refused with 409
/// (https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-invokefunction and …/task-deduplication).
public struct FunctionInvocations: Sendable {
    /// What an endpoint must look like, for faults.
    public static let expectedEndpoint = "an address like https://<account>.<region>.fc.aliyuncs.com"

    /// CloudMonitor waits five seconds, and a refused event must still be delivered in that time.
    private static let timeout = Duration.seconds(2)
    private static let version = "2023-03-30"

    private let endpoint: AlibabaCloudEndpoint
    private let http: any HTTPExecuting
    private let now: @Sendable () -> Timestamp

    /// The queues of the functions behind an address.
    public init(
        endpoint: AlibabaCloudEndpoint, http: any HTTPExecuting, now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.endpoint = endpoint
        self.http = http
        self.now = now
    }

    /// Queues an event for a function.
    /// - Parameters:
    ///   - id: equal for deliveries of the same event: letters, digits, `-` and `_`, a letter first.
    ///   - qualifier: the version or alias; nil for `LATEST`.
    ///   - credentials: nil when Function Compute has sent none.
    public func add(
        _ event: [UInt8], id: String, to function: String, qualifier: String? = nil, _ credentials: PlatformCredentials?
    ) async -> EnqueueOutcome {
        guard let credentials else {
            return .refused("Function Compute has sent no credentials; give the function a role")
        }
        var call = AlibabaCloudCall("InvokeFunction", version: Self.version)
        call.path = "/\(Self.version)/functions/\(percentEncoded(function))/invocations"
        if let qualifier { call.query = [("qualifier", qualifier)] }
        call.headers = [("x-fc-invocation-type", "Async"), ("x-fc-async-task-id", id)]
        call.body = event
        let nonce = randomUUID { .random(in: 0...255) }
        do {
            return Self.outcome(
                try await http.execute(
                    call.request(to: endpoint, credentials, at: now(), nonce: nonce, timeout: Self.timeout)))
        } catch let error as TransportError where error.phase != .firstByte && error.phase != .body {
            return .refused("\(endpoint.authority) cannot be reached: \(error)")  // nothing has been sent
        } catch {
            return .unknown("no answer of \(endpoint.authority): \(error)")
        }
    }

    /// 202 is taken, 409 is known already; after a 5xx nobody can tell.
    private static func outcome(_ response: HTTPResponse) -> EnqueueOutcome {
        switch response.status {
        case 200...299, 409: return .stored
        case let status:
            let error = try? JSONValue(parsing: response.body)
            let words = ["Code", "Message"].compactMap { error?[$0]?.stringValue }
            let reason = (["Function Compute answered \(status)"] + words).joined(separator: ": ")
            return status >= 500 ? .unknown(reason) : .refused(reason)
        }
    }
}
