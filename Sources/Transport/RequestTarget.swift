import CCurl

/// The parts of a URL that decide where a request goes, as libcurl itself reads them.
struct RequestTarget {
    let isSecure: Bool
    /// `host:port`, for messages.
    let authority: String
    /// The host alone.
    let host: String

    init(_ url: String) throws(TransportError) {
        // The URL itself stays out of the message: it may carry a secret.
        let refusal = TransportError(
            .invalidRequest, "the request's URL is not an absolute, percent-encoded http:// or https:// URL"
        )
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), let parser = curl_url() else { throw refusal }
        defer { curl_url_cleanup(parser) }
        func part(_ part: CURLUPart) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(parser, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else {
                return nil
            }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard curl_url_set(parser, CURLUPART_URL, url, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK,
            let scheme = part(CURLUPART_SCHEME), scheme == "http" || scheme == "https", let host = part(CURLUPART_HOST),
            let port = part(CURLUPART_PORT)
        else { throw refusal }
        isSecure = scheme == "https"
        self.host = host
        authority = "\(host):\(port)"
    }
}
