/// Which proxy to use for which URL.
public struct ProxySettings: Sendable, Hashable {
    /// The proxy for `http://` URLs, such as `http://user:password@proxy.example.com:3128`.
    public var http: String?
    /// The proxy for `https://` URLs (reached by `CONNECT`).
    public var https: String?
    /// Hosts reached directly: names (with their subdomains), addresses, CIDR blocks; `*` for all.
    public var exceptions: [String]

    /// Proxies given by hand; none by default.
    public init(http: String? = nil, https: String? = nil, exceptions: [String] = []) {
        self.http = http
        self.https = https
        self.exceptions = exceptions
    }

    /// `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, the lower-case spelling before the upper-case one.
    ///
    /// As in curl and Go, `HTTP_PROXY` is not believed in a CGI program (`REQUEST_METHOD` is set), where a client's
    /// `Proxy:` header could have put it there.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            let isForged = name == "http_proxy" && environment["REQUEST_METHOD"] != nil
            let value = environment[name] ?? (isForged ? nil : environment[name.uppercased()])
            return value?.isEmpty == false ? value : nil
        }
        self.init(
            http: value("http_proxy") ?? value("all_proxy"), https: value("https_proxy") ?? value("all_proxy"),
            exceptions: (value("no_proxy") ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        )
    }
}
