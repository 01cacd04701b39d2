import Basics
import Configuration
import RegularExpressions
import Transport

extension ProbeSettings {
    /// Reads the keys of an endpoint that Gatus does not have.
    ///
    /// Keys that its kind of check has no use for are faults: nobody would check what they say.
    init(_ section: ConfigurationSection, _ target: CheckTarget?) {
        self.init()
        let kind = target?.kind
        func given(_ key: String, for kinds: [CheckKind], _ schemes: String) -> Bool {
            guard section.has(key) else { return false }
            guard let kind, !kinds.contains(kind) else { return true }
            section.fault(key, "only for \(schemes)")
            return false
        }
        if given("expect", for: [.http, .dns], "http://, https:// and endpoints with `dns`"),
            let expected = section.section("expect")
        {
            if kind == .http { http = HTTPExpectations(expected) }
            if kind == .dns { dns = DNSExpectations(expected) }
            if kind != nil { expected.close() }
        }
        if kind == .dns, let question = section.section("dns") { readQuestion(question) }
        if given("steps", for: [.tcp, .tls], "tcp:// and tls://") {
            steps = section.sections("steps").map { DialogueStep($0) }
            if kind == .tls, let step = section.sections("steps").first(where: { $0.flag("starttls") == true }) {
                step.fault("starttls", "the check has begun with TLS already: say tcp://")
            }
            if !steps.isEmpty, section.has("body") { section.fault("body", "with `steps` the first one sends") }
        }
        if given("icmp", for: [.icmp], "icmp://"), let section = section.section("icmp") {
            icmp = ICMPEcho.Options(section)
        }
        if given("grpc", for: [.grpc], "grpc:// and grpcs://"), let section = section.section("grpc") {
            grpc = GRPCSettings(section)
        }
        if let kind, let client = section.section("client") { checkUse(of: client, kind) }
    }

    /// Notes keys of `client` that Gatus does not have and this kind of check has no use for.
    private mutating func checkUse(of client: ConfigurationSection, _ kind: CheckKind) {
        if kind != .http {
            for key in ["http-version", "max-redirects"] where client.has(key) {
                client.fault(key, "only for http:// and https://")
            }
        }
        if client.has("source-address") {
            if kind == .http || kind == .grpc { client.fault("source-address", "not for HTTP and gRPC") }
            if kind == .dns, dns == nil { dns = DNSExpectations() }
        }
        guard let tls = client.section("tls") else { return }
        let speaksTLS =
            switch kind {
            case .icmp, .udp, .ssh: false
            case .tcp: steps.contains { $0.startsTLS }
            case .dns: dns?.usesTLS ?? false
            default: true
            }
        for key in ["ca-file", "server-name", "min-version", "max-version"] where !speaksTLS && tls.has(key) {
            tls.fault(key, "this check does not speak TLS")
        }
    }

    /// Reads the keys of `dns` that Gatus does not have.
    private mutating func readQuestion(_ section: ConfigurationSection) {
        guard DNSExpectations.keys.contains(where: { section.has($0) }) else { return }
        var expected = dns ?? DNSExpectations()
        expected.recordClass = section.value(
            "query-class", default: 1, expected: "a class of records in capitals, such as IN or CH"
        ) { DNSTypeNames.recordClass(named: $0) }
        expected.wantsRecursion = section.flag("recursion") ?? true
        switch section.text("transport") {
        case "udp", nil: break
        case "tcp": expected.network = .tcp
        case "tls": (expected.network, expected.usesTLS) = (.tcp, true)
        default: section.fault("transport", "expected udp, tcp or tls")
        }
        dns = expected
    }
}

extension DNSExpectations {
    /// The keys of `dns` that Gatus does not have.
    static let keys = ["query-class", "recursion", "transport"]

    /// Reads `expect` of an endpoint with `dns`.
    fileprivate init(_ section: ConfigurationSection) {
        self.init()
        let codes = section.texts("rcode", acceptsOne: true).compactMap { entry -> String? in
            if Self.allCodes.contains(entry.text) { return entry.text }
            section.fault(at: entry, "expected a response code such as NOERROR or NXDOMAIN")
            return nil
        }
        self.codes = codes.isEmpty ? nil : codes
        answer = RecordRules(section, "answer")
        authority = RecordRules(section, "authority")
        additional = RecordRules(section, "additional")
    }
}

extension DNSExpectations.RecordRules {
    fileprivate init(_ section: ConfigurationSection, _ key: String) {
        self.init()
        guard let section = section.section(key) else { return }
        none = section.expressions("none")
        every = section.expressions("every")
        any = section.expressions("any")
        section.close()
    }
}

extension HTTPExpectations {
    /// Reads `expect` of an endpoint whose URL is `http://` or `https://`.
    fileprivate init(_ section: ConfigurationSection) {
        self.init()
        let statuses = section.texts("status", acceptsOne: true).compactMap { entry -> Int? in
            if let status = Int(entry.text), (100...999).contains(status) { return status }
            section.fault(at: entry, "expected a status such as 200")
            return nil
        }
        if !statuses.isEmpty { status = .oneOf(statuses) }
        let names = ["1.0": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2.0"]
        versions = section.texts("http-version", acceptsOne: true).compactMap { entry in
            if names[entry.text] == nil { section.fault(at: entry, "expected \"1.0\", \"1.1\" or \"2\", in quotes") }
            return names[entry.text]
        }
        usesTLS = section.flag("tls")
        bodyLimit = section.byteCount("body-limit")
        bodyMustMatch = section.expressions("body-matches")
        bodyMustNotMatch = section.expressions("body-not-matches")
        headers =
            section.sections("header-matches").compactMap { HeaderRule($0, mustMatch: true) }
            + section.sections("header-not-matches").compactMap { HeaderRule($0, mustMatch: false) }
    }
}

extension HTTPExpectations.HeaderRule {
    /// Reads `{header, regexp, allow-missing}`; nil when the expression is none.
    /// - Parameter missing: the key that says whether the field may be missing.
    init?(_ section: ConfigurationSection, mustMatch: Bool, missing: String = "allow-missing", isGo: Bool = false) {
        name = section.requiredText("header", expected: "the name of a header")
        let text = section.requiredText("regexp", expected: "a regular expression")
        mayBeMissing = section.flag(missing) ?? false
        section.close()
        guard let expression = section.expression(text, at: "regexp", isGo: isGo) else { return nil }
        self.expression = expression
        self.mustMatch = mustMatch
    }
}

extension DialogueStep {
    fileprivate init(_ section: ConfigurationSection) {
        self.init()
        if let text = section.text("expect") { expect = section.expression(text, at: "expect") }
        expectedBytes = Array((section.text("expect-bytes") ?? "").utf8)
        send = Array((section.text("send") ?? "").utf8)
        labels = section.pairs("labels")
        startsTLS = section.flag("starttls") ?? false
        check(section, names: ("expect", "expect-bytes"))
        section.close()
    }

    /// Notes what does not go together, and what a step without anything to do is.
    func check(_ section: ConfigurationSection, names: (expect: String, bytes: String)) {
        if expect != nil, !expectedBytes.isEmpty {
            section.fault(names.bytes, "give either \(names.expect) or \(names.bytes)")
        }
        if !labels.isEmpty, expect == nil {
            section.fault("labels", "their values come from \(names.expect): give one")
        }
    }
}

extension ICMPEcho.Options {
    /// Reads `icmp`.
    fileprivate init(_ section: ConfigurationSection) {
        self.init()
        payloadSize = section.integer("payload-size", in: 0...65_507)
        timeToLive = section.integer("ttl", in: 1...255)
        forbidsFragments = section.flag("dont-fragment") ?? false
        section.close()
    }
}

extension GRPCSettings {
    /// Reads `grpc`.
    fileprivate init(_ section: ConfigurationSection) {
        self.init()
        service = section.text("service") ?? ""
        for (name, value) in section.pairs("metadata") {
            if let fault = metadata.addChecked(name, value) { section.fault("metadata", of: name, fault) }
        }
        section.close()
    }
}

extension ClientSettings {
    /// Reads the keys of `client` that Gatus does not have.
    mutating func readConnection(_ section: ConfigurationSection) {
        sourceAddress = section.value("source-address", expected: "an IPv4 or IPv6 address") {
            SocketAddress(ip: $0, port: 0)
        }
        maximumRedirects = section.integer("max-redirects", in: 0...100) ?? maximumRedirects
        httpVersion = section.value("http-version", default: .http1, expected: "\"1.1\" or \"2\", in quotes") {
            ["1.1": .http1, "2": .http2OverTLS][$0]
        }
    }
}

extension ClientSettings.TLSSettings {
    /// Reads the keys of `client.tls` that Gatus does not have.
    init(_ section: ConfigurationSection, isEnabled: Bool) {
        if let file = section.text("ca-file"), isEnabled { authorities = section.authorities(file, at: "ca-file") }
        serverName = section.text("server-name")
        func version(_ key: String) -> TLSVersion? {
            section.value(key, expected: "\"1.2\" or \"1.3\", in quotes") { TLSVersion(rawValue: $0) }
        }
        minimumVersion = version("min-version")
        maximumVersion = version("max-version")
        checkVersions(section, "max-version")
    }

    /// Notes when no version is left.
    func checkVersions(_ section: ConfigurationSection, _ key: String) {
        if minimumVersion == .tls13, maximumVersion == .tls12 { section.fault(key, "is older than the oldest allowed") }
    }
}

extension HTTPHeaders {
    /// Adds a field; what is wrong with it instead, when it cannot be sent.
    mutating func addChecked(_ name: String, _ value: String) -> String? {
        if name.isEmpty || !name.utf8.allSatisfy(\.isTokenCharacter) { return "is no name of a header" }
        if value.utf8.contains(where: \.isControlOfHeader) {
            return "the value has a line break or another control character"
        }
        add(name, value)
        return nil
    }
}

// MARK: - Kinds of values

extension ConfigurationSection {
    /// A list of regular expressions.
    func expressions(_ key: String, isGo: Bool = false) -> [RegularExpression] {
        texts(key, acceptsOne: !isGo).compactMap { entry in
            do throws(RegularExpressionError) {
                return isGo ? try RegularExpression(go: entry.text) : try RegularExpression(entry.text)
            } catch {
                fault(at: entry, "is no regular expression: \(error)")
                return nil
            }
        }
    }

    /// A regular expression; nil, with a fault noted, for a text that is none.
    func expression(_ text: String, at key: String, isGo: Bool = false) -> RegularExpression? {
        do throws(RegularExpressionError) {
            return isGo ? try RegularExpression(go: text) : try RegularExpression(text)
        } catch {
            fault(key, "is no regular expression: \(error)")
            return nil
        }
    }

    /// A number of bytes, such as `10MB`: a unit is a power of 1,024.
    func byteCount(_ key: String) -> Int? {
        value(key, expected: "a number of bytes such as 512KB or 10MB") { text in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let units = ["": 0, "B": 0, "KB": 10, "KiB": 10, "MB": 20, "MiB": 20, "GB": 30, "GiB": 30]
            guard let number = Int(digits), let shift = units[String(text.dropFirst(digits.count))] else { return nil }
            return number < Int.max >> (shift + 1) ? number << shift : nil
        }
    }

    /// Authorities from a file, which is read at once: the server is not down when our own file is wrong.
    func authorities(_ file: String, at key: String) -> CertificateAuthorities? {
        do throws(SystemError) {
            let authorities = CertificateAuthorities.pem(try contents(ofFile: file, limit: 16 << 20))
            do throws(TransportError) { try authorities.check() } catch {
                fault(key, "\(file) has no certificates in PEM form: \(error.message)")
            }
            return authorities
        } catch {
            fault(key, "\(file) cannot be read: \(error)")
            return nil
        }
    }
}
