import CCurl

/// The parts of a URL that decide where a request goes, as libcurl itself reads them.
struct RequestTarget {
    let scheme: String
    /// The host alone, as it is in the URL; an IPv6 address has its brackets.
    let host: String
    let port: UInt16

    var isSecure: Bool { scheme == "https" }
    /// `host:port`, for messages.
    var authority: String { "\(host):\(port)" }
    /// The host alone, without the brackets of an IPv6 address.
    var bareHost: String { host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host }

    /// An absolute `http://` or `https://` URL.
    /// - Throws: `TransportError` with `.invalidRequest`.
    init(_ url: String) throws(TransportError) {
        // The URL itself stays out of the message: it may carry a secret.
        let refusal = TransportError(
            .invalidRequest, "the request's URL is not an absolute, percent-encoded http:// or https:// URL"
        )
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            let parts = Self.parts(of: url, CURLU_PATH_AS_IS, CURLU_DEFAULT_PORT),
            parts.scheme == "http" || parts.scheme == "https", let port = parts.port
        else { throw refusal }
        (scheme, host, self.port) = (parts.scheme, parts.host, port)
    }

    /// The address of a proxy, which may be without a scheme.
    /// - Throws: `TransportError` with `.proxyFailed`.
    init(proxy: String) throws(TransportError) {
        let flags = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME
        guard let parts = Self.parts(of: proxy, flags, 0) else {
            throw TransportError(.proxyFailed, "the proxy's address is not host:port or a URL")
        }
        (scheme, host) = (parts.scheme, parts.host)
        port = parts.port ?? (parts.scheme == "https" ? 443 : 1080)  // libcurl's defaults
    }

    private static func parts(
        of url: String, _ flags: Int32, _ portFlags: Int32
    ) -> (scheme: String, host: String, port: UInt16?)? {
        guard let parser = curl_url() else { return nil }
        defer { curl_url_cleanup(parser) }
        func part(_ part: CURLUPart) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(parser, part, &text, UInt32(portFlags)) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard curl_url_set(parser, CURLUPART_URL, url, UInt32(flags)) == CURLUE_OK,
            let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST)
        else { return nil }
        return (scheme, host, part(CURLUPART_PORT).flatMap { UInt16($0) })
    }
}
