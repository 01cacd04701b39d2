import Basics
import JSON
import Synchronization
import Transport

/// AWS Signature Version 4 in its three stages, each a pure function of its arguments.
///
/// Source: "Create a signed AWS API request" in the IAM user guide. The tests compare it with botocore.
enum SigV4 {
    fileprivate static let algorithm = "AWS4-HMAC-SHA256"
    fileprivate static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// Headers that are not signed because proxies and clients may change them.
    private static let unsignedHeaders: Set<String> = [
        "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// The first stage.
    /// - Parameter keepsPath: whether the path is signed as it is, neither normalised nor encoded again: S3's rule.
    /// - Returns: the canonical request, and the names of the signed headers.
    static func canonicalRequest(
        method: String, url: SignedURL, headers: HTTPHeaders, payloadHash: String, keepsPath: Bool
    ) -> (text: String, signedHeaders: String) {
        let lines = canonicalHeaders(headers, host: url.host)
        let signedHeaders = lines.map(\.name).joined(separator: ";")
        var text = method + "\n" + (keepsPath ? String(url.path) : url.normalizedPath) + "\n" + url.sortedQuery + "\n"
        for line in lines { text += line.name + ":" + line.value + "\n" }
        text += "\n" + signedHeaders + "\n" + payloadHash
        return (text, signedHeaders)
    }

    /// The second stage.
    /// - Parameter time: `20261121T034200Z`.
    static func stringToSign(time: String, scope: SigningScope, canonicalRequest: String) -> String {
        algorithm + "\n" + time + "\n" + scope.text + "\n" + Digest.sha256Hex(canonicalRequest)
    }

    /// The third stage.
    fileprivate static func signature(key: [UInt8], stringToSign: String) -> String {
        Digest.hmac(key: key, stringToSign).hex
    }

    /// The key for the third stage.
    ///
    /// It is valid for a day, a region and a service.
    fileprivate static func signingKey(secret: String, scope: SigningScope) -> [UInt8] {
        [scope.date, scope.region, scope.service, SigningScope.terminator]
            .reduce(Array("AWS4\(secret)".utf8)) { Digest.hmac(key: $0, $1) }
    }

    private static func canonicalHeaders(_ headers: HTTPHeaders, host: String) -> [(name: String, value: String)] {
        var lines: [(name: String, value: String)] = []
        for header in headers {
            let name = header.name.lowercased()
            guard !unsignedHeaders.contains(name) else { continue }
            lines.append((name, folded(header.value)))
        }
        if !lines.contains(where: { $0.name == "host" }) { lines.append(("host", host)) }
        // `sort` is stable: values of one name keep their order.
        lines.sort { $0.name < $1.name }
        return lines.reduce(into: []) { merged, line in
            if let last = merged.indices.last, merged[last].name == line.name {
                merged[last].value += "," + line.value
            } else {
                merged.append(line)
            }
        }
    }

    /// The value without white space at its ends and with single spaces within.
    private static func folded(_ value: String) -> String {
        guard value.utf8.contains(where: \.isASCIIWhitespace) else { return value }
        return value.utf8.split(whereSeparator: \.isASCIIWhitespace).map(Substring.init).joined(separator: " ")
    }
}

/// The scope of a signature: one service in one region on one day.
struct SigningScope: Hashable {
    fileprivate static let terminator = "aws4_request"

    /// `20261121`.
    let date: String
    let region: String
    let service: String

    /// - Parameter time: `20261121T034200Z`.
    init(time: String, region: String, service: String) {
        date = String(time.prefix(8))
        self.region = region
        self.service = service
    }

    var text: String { "\(date)/\(region)/\(service)/\(Self.terminator)" }
}

/// Signs one service's requests.
///
/// Keeps the signing key while day, region and secret stay the same.
final class RequestSigner: Sendable {
    private struct CachedKey {
        var scope: SigningScope
        var secret: String
        var key: [UInt8]
    }

    private let service: String
    private let isS3: Bool
    private let cachedKey = Mutex<CachedKey?>(nil)

    /// - Parameter service: the signing name (`sns`, `s3`, `monitoring`).
    init(service: String) {
        self.service = service
        isS3 = service == "s3"
    }

    /// Adds the date, the token and the signature as headers.
    /// - Parameter name: the signing name for this request; nil for the service's own.
    func sign(
        _ request: inout HTTPRequest, with credentials: AWSCredentials, region: String, service name: String? = nil,
        at now: Timestamp
    ) {
        let time = now.iso8601Basic
        request.headers["Authorization"] = nil
        request.headers["X-Amz-Date"] = time
        request.headers["X-Amz-Security-Token"] = credentials.sessionToken
        let payloadHash = Self.payloadHash(request.body)
        if isS3 { request.headers["X-Amz-Content-SHA256"] = payloadHash }

        let scope = SigningScope(time: time, region: region, service: name ?? service)
        let canonical = SigV4.canonicalRequest(
            method: request.method, url: SignedURL(request.url), headers: request.headers, payloadHash: payloadHash,
            keepsPath: isS3
        )
        let signature = signature(of: canonical.text, time: time, scope: scope, secret: credentials.secretAccessKey)
        request.headers["Authorization"] = """
            \(SigV4.algorithm) Credential=\(credentials.accessKeyID)/\(scope.text), \
            SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)
            """
    }

    /// The request's URL with a signature in its query.
    ///
    /// Anyone who has the URL can make the request.
    /// - Parameters:
    ///   - name: as above.
    ///   - expires: how many seconds the URL is valid.
    func presignedURL(
        _ request: HTTPRequest, with credentials: AWSCredentials, region: String, service name: String? = nil,
        at now: Timestamp, expires: Int
    ) -> String {
        let time = now.iso8601Basic
        let scope = SigningScope(time: time, region: region, service: name ?? service)
        let payloadHash = isS3 ? SigV4.unsignedPayload : Self.payloadHash(request.body)
        func canonical(_ url: String) -> (text: String, signedHeaders: String) {
            SigV4.canonicalRequest(
                method: request.method, url: SignedURL(url), headers: request.headers, payloadHash: payloadHash,
                keepsPath: isS3
            )
        }
        var parameters = [
            ("X-Amz-Algorithm", SigV4.algorithm), ("X-Amz-Credential", credentials.accessKeyID + "/" + scope.text),
            ("X-Amz-Date", time), ("X-Amz-Expires", String(expires)),
            ("X-Amz-SignedHeaders", canonical(request.url).signedHeaders),
        ]
        if let token = credentials.sessionToken { parameters.append(("X-Amz-Security-Token", token)) }
        let query = parameters.map { "\($0)=\(percentEncoded($1))" }.joined(separator: "&")
        let url = request.url + (request.url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + query
        let signature = signature(
            of: canonical(url).text, time: time, scope: scope, secret: credentials.secretAccessKey
        )
        return url + "&X-Amz-Signature=" + signature
    }

    private func signature(of canonicalRequest: String, time: String, scope: SigningScope, secret: String) -> String {
        let key = cachedKey.withLock { cached -> [UInt8] in
            if let cached, cached.scope == scope, cached.secret == secret { return cached.key }
            let key = SigV4.signingKey(secret: secret, scope: scope)
            cached = CachedKey(scope: scope, secret: secret, key: key)
            return key
        }
        let text = SigV4.stringToSign(time: time, scope: scope, canonicalRequest: canonicalRequest)
        return SigV4.signature(key: key, stringToSign: text)
    }

    /// A stream is not signed because it cannot be read twice.
    ///
    /// S3 allows that.
    private static func payloadHash(_ body: HTTPBody) -> String {
        switch body {
        case .none: Digest.sha256Hex([])
        case .bytes(let bytes): Digest.sha256Hex(bytes)
        case .stream: SigV4.unsignedPayload
        }
    }
}

/// The parts of an absolute URL that a signature covers, unchanged: ASCII, percent-encoded.
struct SignedURL {
    /// With the separator: `https://`.
    var scheme: Substring
    /// `host` or `host:port`.
    var authority: Substring
    /// Empty, or from its first slash.
    var path: Substring
    /// Without the question mark; empty when there is none.
    var query: Substring

    init(_ url: String) {
        let bytes = url.utf8
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.startIndex
        let start = bytes.index(colon, offsetBy: 3, limitedBy: bytes.endIndex) ?? bytes.endIndex
        let mark = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        let slash = bytes[start..<max(start, mark)].firstIndex(of: UInt8(ascii: "/")) ?? max(start, mark)
        scheme = url[..<start]
        authority = url[start..<slash]
        path = url[slash..<max(slash, mark)]
        query = Substring(bytes[mark...].dropFirst())
    }

    /// The value of the header `Host` that HTTP clients send: lower case, without the scheme's default port.
    var host: String {
        let standardPort = scheme == "https://" ? ":443" : ":80"
        let host = authority.lowercased()
        return host.hasSuffix(standardPort) ? String(host.dropLast(standardPort.count)) : host
    }

    /// `name=value` pairs sorted by name, then value, each with its equals sign.
    var sortedQuery: String {
        if query.isEmpty { return "" }
        let items = query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map { item in
            let equals = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            return (Substring(item[..<equals]), Substring(item[equals...].dropFirst()))
        }
        return items.sorted(by: <).map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// The path without `.`, `..` and empty segments, encoded once more: the canonical form for all services but S3.
    var normalizedPath: String {
        var segments: [Substring] = []
        for segment in path.utf8.split(separator: UInt8(ascii: "/")).map(Substring.init) where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let end = path.utf8.last == UInt8(ascii: "/") && !segments.isEmpty ? "/" : ""
        return percentEncoded("/" + segments.joined(separator: "/") + end, keeping: "/")
    }
}
