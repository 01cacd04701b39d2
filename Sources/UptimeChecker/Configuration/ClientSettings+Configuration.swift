extension ClientSettings {
    /// Reads `client`.
    init(_ section: Section, isEnabled: Bool) {
        self.init()
        isInsecure = section.flag("insecure") ?? false
        ignoresRedirect = section.flag("ignore-redirect") ?? false
        if let timeout = section.duration("timeout"), timeout >= .milliseconds(1) { self.timeout = timeout }
        if let text = section.text("dns-resolver"), !text.isEmpty {
            nameServer = NameServer(text)
            if nameServer == nil {
                section.fault("dns-resolver", "expected tcp or udp, a host and a port, such as udp://192.0.2.1:53")
            }
        }
        if let text = section.text("network"), !text.isEmpty {
            family = AddressFamily(rawValue: text) ?? .any
            if text != family.rawValue { section.fault("network", "expected ip, ip4 or ip6") }
        }
        if let proxy = section.text("proxy-url"), !proxy.isEmpty {
            if WebURL(proxy) == nil {
                section.fault("proxy-url", "expected a URL such as http://proxy.example.com:3128")
            }
            proxyURL = proxy
        }
        certificate = section.section("tls").flatMap { ClientCertificate($0) }
        oauth2 = section.section("oauth2").flatMap { OAuth2Settings($0) }
        for key in ["tunnel", "identity-aware-proxy"] where section.node(key) != nil && isEnabled {
            section.fault(key, "is not supported: remove it, or say enabled: false for the endpoint")
        }
        section.ignore("store-cookies", "every request stands alone")
        section.close()
    }
}

extension ClientSettings.NameServer {
    /// Reads `udp://192.0.2.1:53`.
    fileprivate init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), let network = Network(rawValue: String(text[..<colon])),
            case let rest = text[colon...], rest.hasPrefix("://"),
            case .tcp(let host, let port)? = try? CheckTarget(url: "tcp" + rest, question: nil)
        else { return nil }
        self.init(network: network, host: host, port: port)
    }
}

extension ClientSettings.ClientCertificate {
    /// Reads `tls`; nil when it names no file.
    fileprivate init?(_ section: Section) {
        let certificate = section.text("certificate-file") ?? ""
        let key = section.text("private-key-file") ?? ""
        section.ignore("renegotiation", "the server decides")
        section.close()
        if certificate.isEmpty, key.isEmpty { return nil }
        if certificate.isEmpty { section.fault("certificate-file", "give it together with private-key-file") }
        if key.isEmpty { section.fault("private-key-file", "give it together with certificate-file") }
        self.init(certificateFile: certificate, privateKeyFile: key)
    }
}

extension OAuth2Settings {
    /// Reads `oauth2`.
    fileprivate init?(_ section: Section) {
        func required(_ key: String) -> String {
            let text = section.text(key) ?? ""
            if text.isEmpty { section.fault(key, "give token-url, client-id, client-secret and scopes") }
            return text
        }
        let tokenURL = required("token-url")
        if !tokenURL.isEmpty, WebURL(tokenURL) == nil { section.fault("token-url", "expected an https:// URL") }
        self.init(
            tokenURL: tokenURL, clientID: required("client-id"), clientSecret: required("client-secret"),
            scopes: section.texts("scopes").map(\.text)
        )
        if scopes.isEmpty { section.fault("scopes", "give token-url, client-id, client-secret and scopes") }
        section.close()
    }
}

extension UISettings {
    /// Reads `ui`.
    init(_ section: Section) {
        self.init()
        hidesConditions = section.flag("hide-conditions") ?? false
        hidesHostname = section.flag("hide-hostname") ?? false
        hidesURL = section.flag("hide-url") ?? false
        hidesPort = section.flag("hide-port") ?? false
        hidesErrors = section.flag("hide-errors") ?? false
        conditionDisplay.showsValuesOfFailed = !(section.flag("dont-resolve-failed-conditions") ?? false)
        conditionDisplay.showsValuesOfMet = section.flag("resolve-successful-conditions") ?? false
        section.ignore("badge", "there is no page")
        section.close()
    }
}
