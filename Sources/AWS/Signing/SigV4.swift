internal import Transport

/// AWS Signature Version 4 in its three stages, each a pure function of its arguments.
///
/// Source: "Create a signed AWS API request" in the IAM user guide; held against botocore in the tests.
enum SigV4 {
    static let algorithm = "AWS4-HMAC-SHA256"
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// Headers that proxies and clients change on the way.
    private static let unsignedHeaders: Set<String> = [
        "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// The first stage, and the header names it covers.
    /// - Parameter keepsPath: S3's rule: the path is taken as it is, neither normalised nor encoded again.
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
    static func signature(key: [UInt8], stringToSign: String) -> String {
        Digest.hmac(key: key, stringToSign).hex
    }

    /// The key for the third stage; the same for a day, a region and a service.
    static func signingKey(secret: String, scope: SigningScope) -> [UInt8] {
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

    /// Without white space around it and with single spaces within.
    private static func folded(_ value: String) -> String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard value.utf8.contains(where: isSpace) else { return value }
        return value.utf8.split(whereSeparator: isSpace).map(Substring.init).joined(separator: " ")
    }
}
