import Basics
import Configuration
import Transport

/// The `http` section of a module of blackbox_exporter.
extension BlackboxReader {
    func readHTTP(_ section: ConfigurationSection, _ module: inout BlackboxModule) {
        readRequest(section, &module)
        readCredentials(section, &module)
        readProxy(section, &module.client)
        readTLS(section, &module.client)
        module.probe.http = expectations(section)
        module.client.acceptsGzip = false
        module.client.storesCookies = true
        let isHTTP3 = section.flag("enable_http3") ?? false
        if isHTTP3 { unsupported(section, "enable_http3", "HTTP/3 is not supported: leave it out") }
        module.client.httpVersion = section.flag("enable_http2") ?? true ? .http2OverTLS : .http1
        let follows = section.flag("follow_redirects") ?? true
        // An older name, which goes before.
        module.client.ignoresRedirect = section.flag("no_follow_redirects") ?? !follows
    }

    private func readRequest(_ section: ConfigurationSection, _ module: inout BlackboxModule) {
        module.method = section.text("method") ?? "GET"
        if !module.method.utf8.allSatisfy(\.isTokenCharacter) { section.fault("method", "is no HTTP method") }
        for (name, value) in section.pairs("headers") {
            add(name, expanded(value, section, "headers"), to: &module.headers, section, "headers")
        }
        if let headers = section.section("http_headers") {
            for name in headers.keys {
                guard let values = headers.section(name) else { continue }
                if Self.reservedHeaders.contains(name.lowercased()) {
                    headers.fault(name, "cannot be set here: use headers, basic_auth or authorization")
                }
                readHeader(name, values, &module.headers)
                values.close()
            }
        }
        exclusive(section, ["body", "body_file"])
        if let file = section.text("body_file") {
            module.body = content(of: file, section, "body_file")
        } else if let body = section.value("body")?.bytes, !body.isEmpty {
            module.body = body
        }
    }

    /// Reads the `values`, `secrets` and `files` of a name under `http_headers`.
    private func readHeader(_ name: String, _ section: ConfigurationSection, _ headers: inout HTTPHeaders) {
        for entry in section.texts("values") { add(name, entry.text, to: &headers, section, "values") }
        for entry in section.texts("secrets") {
            add(name, expanded(entry.text, section, "secrets"), to: &headers, section, "secrets")
        }
        for entry in section.texts("files") {
            guard let bytes = content(of: entry.text, section, "files") else { continue }
            add(name, text(of: bytes), to: &headers, section, "files")
        }
    }

    private static let reservedHeaders: Set<String> = [
        "authorization", "host", "content-encoding", "content-length", "content-type", "user-agent", "connection",
        "keep-alive", "proxy-authenticate", "proxy-authorization", "www-authenticate", "accept-encoding",
    ]

    private func add(
        _ name: String, _ value: String, to headers: inout HTTPHeaders, _ section: ConfigurationSection, _ key: String
    ) {
        if let fault = headers.addChecked(name, value) { section.fault(key, of: name, fault) }
    }

    // MARK: Who asks

    private func readCredentials(_ section: ConfigurationSection, _ module: inout BlackboxModule) {
        let kinds = ["basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file"]
        let given = kinds.filter { section.has($0) }
        if given.count > 1 { section.fault(given[1], "give only one of \(given.joined(separator: ", "))") }
        var value: String?
        if let basic = section.section("basic_auth") {
            let (user, password) = (secret(basic, "username") ?? "", secret(basic, "password") ?? "")
            basic.close()
            value = "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
        }
        if let authorization = section.section("authorization") {
            let type = authorization.text("type").map { String($0.trimmingWhitespace) } ?? "Bearer"
            if type.lowercased() == "basic" { authorization.fault("type", "use basic_auth instead") }
            value = "\(type) \(secret(authorization, "credentials") ?? "")"
            authorization.close()
        }
        if let token = secret(section, "bearer_token") { value = "Bearer " + token }
        // A header that is written out goes before.
        if let value, module.headers["Authorization"] == nil { module.headers.add("Authorization", value) }
        module.client.oauth2 = section.section("oauth2").flatMap { oauth2($0) }
    }

    private func oauth2(_ section: ConfigurationSection) -> OAuth2Settings? {
        let tokenURL = section.requiredText("token_url", expected: "the URL that gives the token")
        if !tokenURL.isEmpty, WebURL(tokenURL) == nil {
            section.fault("token_url", "expected a URL that begins with https:// or http://")
        }
        var settings = OAuth2Settings(
            tokenURL: tokenURL, clientID: section.requiredText("client_id", expected: "the client's name"),
            clientSecret: secret(section, "client_secret") ?? "", scopes: section.texts("scopes").map(\.text))
        for (name, value) in section.pairs("endpoint_params") { settings.parameters[name] = value }
        if let type = section.text("grant_type"), type != "client_credentials" {
            unsupported(section, "grant_type", "only client_credentials is supported")
        }
        let further = [
            "tls_config", "proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header",
            "client_certificate_key", "client_certificate_key_id", "client_certificate_key_file",
            "client_certificate_key_ref", "signature_algorithm", "iss", "audience", "claims",
        ]
        for key in further where section.has(key) { unsupported(section, key, "is not supported for the token") }
        section.close()
        return settings
    }

    private func readProxy(_ section: ConfigurationSection, _ client: inout ClientSettings) {
        client.proxy.usesEnvironment = section.flag("proxy_from_environment") ?? false
        client.proxy.skipsLookup = section.flag("skip_resolve_phase_with_proxy") ?? false
        if let url = section.text("proxy_url") {
            let parts = url.split(separator: ":", maxSplits: 1)
            let isProxy = parts.first.map { ["http", "https", "socks5", "socks5h"].contains(String($0)) }
            if isProxy != true || WebURL("http:" + (parts.last ?? "")) == nil {
                section.fault("proxy_url", "expected a URL such as http://proxy.example.com:3128")
            }
            // As in Go, a SOCKS proxy finds the target's address itself, which curl calls socks5h.
            client.proxyURL = url.hasPrefix("socks5:") ? "socks5h:" + url.dropFirst(7) : url
            if client.proxy.usesEnvironment {
                section.fault("proxy_from_environment", "give only one of proxy_url, proxy_from_environment")
            }
        }
        if let text = section.text("no_proxy") {
            if client.proxyURL == nil { section.fault("no_proxy", "only with proxy_url") }
            client.proxy.exceptions = text.split { $0 == "," || $0 == " " }.map(String.init)
        }
        if let headers = section.section("proxy_connect_header") {
            if client.proxyURL == nil, !client.proxy.usesEnvironment {
                section.fault("proxy_connect_header", "only with proxy_url or proxy_from_environment")
            }
            for name in headers.keys {
                for entry in headers.texts(name) {
                    add(name, expanded(entry.text, headers, name), to: &client.proxy.headers, headers, name)
                }
            }
        }
    }

    // MARK: What is expected

    /// The most bytes of a body that is compared with expressions; blackbox_exporter has no limit.
    private static let comparedBytes = 32 << 20

    private func expectations(_ section: ConfigurationSection) -> HTTPExpectations {
        var expected = HTTPExpectations()
        let statuses = section.texts("valid_status_codes").compactMap { entry -> Int? in
            if let status = Int(entry.text) { return status }
            section.fault(at: entry, "expected a status such as 200")
            return nil
        }
        expected.status = statuses.isEmpty ? .success : .oneOf(statuses)
        expected.versions = section.texts("valid_http_versions").map(\.text)
        if expected.versions.contains("HTTP/3.0"), section.flag("enable_http3") != true {
            section.fault("valid_http_versions", "HTTP/3.0 needs enable_http3")
        }
        let (isForbidden, isNeeded) = (section.flag("fail_if_ssl") ?? false, section.flag("fail_if_not_ssl") ?? false)
        if isForbidden, isNeeded { section.fault("fail_if_not_ssl", "with fail_if_ssl nothing can pass") }
        expected.usesTLS = isForbidden ? false : isNeeded ? true : nil
        for key in ["fail_if_body_json_matches_cel", "fail_if_body_json_not_matches_cel"] where section.has(key) {
            unsupported(
                section, key,
                "CEL is not supported: check the body by a condition such as [BODY].foo == bar in a file "
                    + "for `tocsin check FILE`")
        }
        expected.bodyMustNotMatch = section.expressions("fail_if_body_matches_regexp", isGo: true)
        expected.bodyMustMatch = section.expressions("fail_if_body_not_matches_regexp", isGo: true)
        expected.headers = [("fail_if_header_matches", false), ("fail_if_header_not_matches", true)].flatMap {
            key, must in
            section.sections(key).compactMap {
                HTTPExpectations.HeaderRule($0, mustMatch: must, missing: "allow_missing", isGo: true)
            }
        }
        expected.bodyLimit = section.byteCount("body_size_limit").flatMap { $0 > 0 ? $0 : nil }
        expected.coding = coding(section)
        expected.readsWholeBody = true
        expected.comparedBytes = Self.comparedBytes
        return expected
    }

    private func coding(_ section: ConfigurationSection) -> ContentCoding? {
        guard let text = section.text("compression")?.lowercased() else { return nil }
        let accepted = section.pairs("headers").first { $0.name.lowercased() == "accept-encoding" }?.value ?? ""
        if !AcceptedCodings(accepted).contains(text) {
            section.fault("compression", "the header Accept-Encoding does not ask for \(text)")
        }
        if let coding = ContentCoding(rawValue: text) { return coding == .identity ? nil : coding }
        if text == "br" {
            unsupported(section, "compression", "Brotli is not supported: ask for gzip")
        } else {
            section.fault("compression", "expected gzip, deflate, br or identity")
        }
        return nil
    }
}

/// The codings that a header `Accept-Encoding` asks for (RFC 9110, section 12.5.3).
struct AcceptedCodings {
    private let codings: [(name: String, quality: Double)]

    init(_ header: String) {
        codings = header.split(separator: ",").map { part in
            guard let semicolon = part.lastIndex(of: ";") else { return (String(part.trimmingWhitespace), 1) }
            let quality = part[part.index(after: semicolon)...].trimmingWhitespace
            let number = Double(quality.hasPrefix("q=") ? quality.dropFirst(2) : quality) ?? 0
            return (String(part[..<semicolon].trimmingWhitespace), (number * 1_000).rounded() / 1_000)
        }
    }

    /// Whether a coding is asked for; an empty header asks for any.
    func contains(_ coding: String) -> Bool {
        guard !codings.isEmpty else { return true }
        let order = codings.enumerated().sorted { left, right in
            left.element.quality == right.element.quality
                ? left.offset < right.offset : left.element.quality > right.element.quality
        }
        return order.first { $0.element.name == coding || $0.element.name == "*" }.map { $0.element.quality > 0 }
            ?? false
    }
}
