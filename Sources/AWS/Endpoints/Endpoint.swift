/// Where one request goes.
struct Endpoint: Sendable, Equatable {
    /// Scheme, host, port and base path, without a slash at the end: `https://sns.eu-central-1.amazonaws.com`.
    var url: String
    /// The region that the signature names.
    var signingRegion: String
    /// Whether the bucket is in the host, and has to go from the path.
    var hasBucketInHost = false

    /// The URL of a request with this path and query; `hostPrefix` goes before the host.
    func url(target: String, bucket: String?, hostPrefix: String? = nil) -> String {
        var target = Substring(target)
        if hasBucketInHost, let bucket {
            target = target.dropFirst(1 + bucket.count)
            if target.first != "/" { target = "/" + target }
        }
        guard let hostPrefix else { return url + target }
        let scheme = SignedURL(url).scheme
        return scheme + hostPrefix + url.dropFirst(scheme.count) + target
    }
}
