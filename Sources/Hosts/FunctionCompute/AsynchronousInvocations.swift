import Basics
import FunctionRuntime
import JSON
import Transport

/// Function Compute's queue of asynchronous invocations of this function.
///
/// Function Compute stores an event before it answers, invokes the function with it, tries again after a failure, and
/// gives what failed to the end to the destination of the function's asynchronous configuration. With `asyncTask` in
/// that configuration an id that it has seen is refused with 409
/// (https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-invokefunction and …/task-deduplication).
struct AsynchronousInvocations: Sendable {
    /// The address of Function Compute's API.
    struct Endpoint: Sendable, Hashable {
        static let expected = "an address like https://<account>.<region>.fc.aliyuncs.com"

        /// `https://123.cn-hangzhou.fc.aliyuncs.com`.
        let url: String
        /// `123.cn-hangzhou.fc.aliyuncs.com`, the header `Host`.
        let authority: String

        /// Nil when it is no address of a server.
        ///
        /// Without TLS only this machine is called: requests hold a token.
        init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: true)
            guard parts.count == 2, text.hasPrefix("\(parts[0])//"), !parts[1].contains("@") else { return nil }
            let isLocal = parts[1].hasPrefix("127.0.0.1:") || parts[1].hasPrefix("localhost:")
            guard parts[0] == "https:" || (parts[0] == "http:" && isLocal) else { return nil }
            authority = String(parts[1])
            url = "\(parts[0])//\(authority)"
        }
    }

    /// CloudMonitor waits five seconds, and a refused event must still be delivered in that time.
    private static let timeout = Duration.seconds(2)
    private static let version = "2023-03-30"

    let endpoint: Endpoint
    let http: any HTTPExecuting
    var now: @Sendable () -> Timestamp = { .now() }
    var nonce: @Sendable () -> String = { randomUUID { .random(in: 0...255) } }

    /// A closure that queues events for the function that this invocation is of, with its credentials.
    func enqueue(for context: InvocationContext) -> InvocationContext.Enqueue {
        { event, id in await add(event, id: id, context) }
    }

    private func add(_ event: [UInt8], id: String, _ context: InvocationContext) async -> EnqueueOutcome {
        guard let credentials = context.credentials else {
            return .refused("Function Compute has sent no credentials; give the function a role")
        }
        guard let function = context.platformHeaders["x-fc-function-name"] else {
            return .refused("Function Compute has not sent the function's name")
        }
        let qualifier = context.platformHeaders["x-fc-qualifier"]
        do {
            let response = try await http.execute(
                request(for: event, id: id, function: function, qualifier: qualifier, credentials))
            return Self.outcome(response)
        } catch let error as TransportError where error.phase != .firstByte && error.phase != .body {
            return .refused("\(endpoint.authority) cannot be reached: \(error)")  // nothing has been sent
        } catch {
            return .unknown("no answer of \(endpoint.authority): \(error)")
        }
    }

    private func request(
        for event: [UInt8], id: String, function: String, qualifier: String?, _ credentials: PlatformCredentials
    ) -> HTTPRequest {
        let path = "/\(Self.version)/functions/\(percentEncoded(function))/invocations"
        let query = qualifier.map { "qualifier=\(percentEncoded($0))" } ?? ""
        let bodyHash = Digest.sha256Hex(event)
        var signed = [
            ("host", endpoint.authority), ("x-acs-action", "InvokeFunction"), ("x-acs-content-sha256", bodyHash),
            ("x-acs-date", now().iso8601(fractionDigits: 0)),
        ]
        if let token = credentials.securityToken { signed.append(("x-acs-security-token", token)) }
        signed += [("x-acs-signature-nonce", nonce()), ("x-acs-version", Self.version)]
        var headers = HTTPHeaders(signed.map { (name: $0.0, value: $0.1) })
        headers.add(
            "Authorization",
            ACS3Signature.authorization("POST", path, query: query, signed, bodyHash: bodyHash, credentials))
        headers.add("Content-Type", "application/octet-stream")
        headers.add("x-fc-invocation-type", "Async")
        headers.add("x-fc-async-task-id", id)
        return HTTPRequest(
            "POST", endpoint.url + path + (query.isEmpty ? "" : "?" + query), headers: headers, body: .bytes(event),
            connectTimeout: Self.timeout / 2, totalTimeout: Self.timeout, maximumResponseBytes: 64 << 10
        )
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

/// Alibaba Cloud's signature of requests, version 3
/// (https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature).
enum ACS3Signature {
    private static let algorithm = "ACS3-HMAC-SHA256"

    /// The header `Authorization`.
    /// - Parameters:
    ///   - path: percent-encoded.
    ///   - query: percent-encoded, in the order of the names.
    ///   - headers: those to sign, in lower case and in the order of their names: `host` and every `x-acs-…`.
    ///   - bodyHash: SHA-256 of the body in hexadecimal.
    static func authorization(
        _ method: String, _ path: String, query: String, _ headers: [(name: String, value: String)], bodyHash: String,
        _ credentials: PlatformCredentials
    ) -> String {
        let names = headers.map(\.name).joined(separator: ";")
        let lines = headers.map { "\($0.name):\($0.value)\n" }.joined()
        let request = [method, path, query, lines, names, bodyHash].joined(separator: "\n")
        let signature = Digest.hmac(
            key: Array(credentials.accessKeySecret.utf8), "\(algorithm)\n\(Digest.sha256Hex(request))"
        ).hex
        return "\(algorithm) Credential=\(credentials.accessKeyID),SignedHeaders=\(names),Signature=\(signature)"
    }
}
