internal import JSON
internal import Synchronization
internal import Transport

/// Signs one service's requests, and keeps the signing key while day, region and secret stay the same.
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
    func sign(_ request: inout HTTPRequest, with credentials: AWSCredentials, region: String, at now: Timestamp) {
        let time = now.iso8601Basic
        request.headers["Authorization"] = nil
        request.headers["X-Amz-Date"] = time
        request.headers["X-Amz-Security-Token"] = credentials.sessionToken
        let payloadHash = Self.payloadHash(request.body)
        if isS3 { request.headers["X-Amz-Content-SHA256"] = payloadHash }

        let scope = SigningScope(time: time, region: region, service: service)
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

    /// The request's URL with a signature in its query, good for so many seconds and for anyone who has it.
    func presignedURL(
        _ request: HTTPRequest, with credentials: AWSCredentials, region: String, at now: Timestamp, expires: Int
    ) -> String {
        let time = now.iso8601Basic
        let scope = SigningScope(time: time, region: region, service: service)
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

    /// A stream cannot be read twice, so it goes unsigned, as S3 allows.
    private static func payloadHash(_ body: HTTPBody) -> String {
        switch body {
        case .none: Digest.sha256Hex([])
        case .bytes(let bytes): Digest.sha256Hex(bytes)
        case .stream: SigV4.unsignedPayload
        }
    }
}
