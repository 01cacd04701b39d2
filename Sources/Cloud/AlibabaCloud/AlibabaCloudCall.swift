public import Basics
public import FunctionRuntime
public import Transport

/// One call of an API of Alibaba Cloud, as it goes over the wire.
///
/// The action and the version of the API are headers, so that one shape serves both kinds of API: RPC, where the path
/// is `/` and parameters are in the query, and ROA, where the path names a resource
/// (https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature).
public struct AlibabaCloudCall: Sendable {
    /// Such as `PutCustomMetric`.
    public var action: String
    /// The date of the API, such as `2019-01-01`.
    public var version: String
    /// Percent-encoded.
    public var path = "/"
    /// Names and values, not encoded, in any order.
    public var query: [(name: String, value: String)] = []
    /// Sent and not signed.
    public var headers: [(name: String, value: String)] = []
    /// Sent as `application/octet-stream`; without bytes there is no body.
    public var body: [UInt8] = []

    /// A call without parameters.
    public init(_ action: String, version: String) {
        self.action = action
        self.version = version
    }

    /// The request of one attempt.
    /// - Parameters:
    ///   - nonce: another one for each attempt: a known one is refused.
    ///   - timeout: of the whole attempt; half of it is for connecting.
    public func request(
        to endpoint: AlibabaCloudEndpoint, _ credentials: PlatformCredentials, at now: Timestamp, nonce: String,
        timeout: Duration
    ) -> HTTPRequest {
        let query = canonicalQuery
        let bodyHash = Digest.sha256Hex(body)
        var signed = [
            ("host", endpoint.authority), ("x-acs-action", action), ("x-acs-content-sha256", bodyHash),
            ("x-acs-date", now.iso8601(fractionDigits: 0)),
        ]
        if let token = credentials.securityToken { signed.append(("x-acs-security-token", token)) }
        signed += [("x-acs-signature-nonce", nonce), ("x-acs-version", version)]
        var all = HTTPHeaders(signed.map { (name: $0.0, value: $0.1) })
        all.add(
            "Authorization",
            ACS3Signature.authorization("POST", path, query: query, signed, bodyHash: bodyHash, credentials))
        all.add("Accept", "application/json")
        if !body.isEmpty { all.add("Content-Type", "application/octet-stream") }
        for header in headers { all.add(header.name, header.value) }
        return HTTPRequest(
            "POST", endpoint.url + path + (query.isEmpty ? "" : "?" + query), headers: all, body: .bytes(body),
            connectTimeout: timeout / 2, totalTimeout: timeout, maximumResponseBytes: 64 << 10
        )
    }

    /// The query as it is sent and signed: percent-encoded, in the order of the names.
    public var canonicalQuery: String {
        query.sorted { $0.name < $1.name }.map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }
            .joined(separator: "&")
    }
}

/// The server of an API.
public struct AlibabaCloudEndpoint: Sendable, Hashable {
    /// `https://metrics.cn-hangzhou.aliyuncs.com`.
    public let url: String
    /// `metrics.cn-hangzhou.aliyuncs.com`, the header `Host`.
    public let authority: String

    /// Nil when it is no address of a server, or has a path.
    ///
    /// Without TLS only this machine is called: requests hold a token.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count == 2, text.hasPrefix("\(parts[0])//"), !parts[1].contains("@") else { return nil }
        let isLocal = parts[1].hasPrefix("127.0.0.1:") || parts[1].hasPrefix("localhost:")
        guard parts[0] == "https:" || (parts[0] == "http:" && isLocal) else { return nil }
        authority = String(parts[1])
        url = "\(parts[0])//\(authority)"
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
