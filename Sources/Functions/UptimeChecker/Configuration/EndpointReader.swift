import Basics
import Configuration
import Glibc
import TimeZones
import Transport

/// What a file says for all its endpoints.
struct EndpointDefaults {
    var confirmation = Confirmation()
    var allowedAddresses: Set<AddressClass> = []
}

/// Reads the entries of `endpoints`, as Gatus does: defaults, rules and the kind of check by the URL.
struct EndpointReader {
    let defaults: EndpointDefaults
    /// The suite whose steps are read; nil outside of one.
    var scope: SuiteScope?
    /// Time zones looked up so far.
    var zones: [String: TimeZoneRules] = [:]
    /// What has each key so far: `the endpoint on line 3`.
    private var owners: [String: String] = [:]
    /// Conditions by their text: most endpoints of a file have the same few.
    private var knownConditions: [String: Condition] = [:]

    init(defaults: EndpointDefaults) { self.defaults = defaults }

    /// One endpoint; nil for one whose faults are noted, and for one of a kind that Tocsin lacks, if it is not enabled.
    mutating func endpoint(_ section: ConfigurationSection) -> Endpoint? {
        let name = section.text("name") ?? ""
        if name.isEmpty { section.fault("name", "give the endpoint a name") }
        let group = scope == nil ? section.text("group") : scope?.group
        if scope != nil {
            if !name.isEmpty { section.path += "(\(name))" }
            scope?.take(name: name, section)
        } else {
            if !name.isEmpty { section.path += "(\(group.map { "\($0)/" } ?? "")\(name))" }
            check("endpoint", name: name, group: group, section)
        }

        let isOn = section.flag("enabled") ?? true
        let isEnabled = isOn && scope?.isEnabled ?? true
        let url = section.text("url") ?? ""
        let target = target(scope?.sampleURL(url) ?? url, section, isEnabled: isEnabled)
        // Without a target, the others' faults are still looked for; nobody sees the endpoint then.
        var endpoint = Endpoint(
            name: name, group: group, url: url, target: target ?? CheckTarget(.icmp, host: "", port: nil),
            conditions: conditions(section),
            confirmation: defaults.confirmation, allowedAddresses: defaults.allowedAddresses
        )
        endpoint.isEnabled = isOn
        readRequest(&endpoint, section)
        readInterval(&endpoint, section)
        if let client = section.section("client") { endpoint.client = ClientSettings(client, isEnabled: isEnabled) }
        endpoint.probe = ProbeSettings(section, target)
        if let ui = section.section("ui") { endpoint.ui = UISettings(ui) }
        if let retry = section.section("retry") { endpoint.confirmation = Confirmation(retry, defaults.confirmation) }
        endpoint.allowedAddresses.formUnion(section.choices("allow"))
        endpoint.labels = section.pairs("extra-labels").sorted { $0.name < $1.name }
        for window in section.sections("maintenance-windows") {
            if let window = WeeklyWindow(window, zones: &zones) { endpoint.maintenance.append(window) }
        }
        section.ignore("alerts", "alarms on the metrics, or the notifier")
        if scope == nil {
            section.ignore("store", "for suites alone")
            section.ignore("always-run", "for suites alone")
            refuseContext(in: endpoint, section)
        } else {
            scope?.read(&endpoint, section)
        }
        section.close()
        return target == nil ? nil : endpoint
    }

    /// Checks the name of an endpoint or a suite: no other of the file may have the key.
    mutating func check(_ kind: String, name: String, group: String?, _ section: ConfigurationSection) {
        for (key, text) in [("name", name), ("group", group ?? "")] where text.hasQuoteOrBackslash {
            section.fault(key, "must not contain \" or \\")
        }
        let key = Endpoint.key(group: group, name: name)
        if !name.isEmpty, let owner = owners.updateValue("the \(kind) on line \(section.line ?? 0)", forKey: key) {
            section.fault("name", "\(owner) has the same key \(key): change name or group of one")
        }
    }

    private func target(_ url: String, _ section: ConfigurationSection, isEnabled: Bool) -> CheckTarget? {
        let dns = section.section("dns")
        let question = dns.flatMap { DNSQuestion($0) }
        dns?.close()
        let canSignIn = readCredentials(section, url, isEnabled: isEnabled)
        guard !url.isEmpty else {
            section.fault("url", "give the endpoint a URL")
            return nil
        }
        // A fault of `dns` is noted; the URL alone would be another kind of check.
        if dns != nil, question == nil { return nil }
        if !canSignIn { return nil }
        do throws(TargetError) {
            return try CheckTarget(url: url, question: question)
        } catch {
            if error.isUnsupported, !isEnabled {
                section.diagnostics.notUsed(line: section.line, path: section.path, error.message)
            } else {
                section.fault("url", error.message + (error.isUnsupported ? ": remove it, or say enabled: false" : ""))
            }
            return nil
        }
    }

    /// Reads `ssh`, with which Gatus signs in and runs the command in `body`.
    ///
    /// Tocsin has no SSH client. An endpoint that only had its banner read would be up with a wrong password, so one
    /// with credentials or a command is refused.
    /// - Returns: whether the endpoint can be checked as it is meant.
    private func readCredentials(_ section: ConfigurationSection, _ url: String, isEnabled: Bool) -> Bool {
        let ssh = section.section("ssh")
        defer { ssh?.close() }
        let given = ["username", "password", "private-key"].filter { ssh?.text($0) != nil }
        guard url.hasPrefix("ssh://") else {
            if let ssh, !given.isEmpty { checkCredentials(ssh, given) }
            return true
        }
        guard let fault = Self.fault(ofSSH: given, body: section.text("body")) else { return true }
        if isEnabled {
            section.fault(fault.key, "\(fault.reason), or say enabled: false")
        } else {
            section.diagnostics.notUsed(line: section.line, path: section.path(of: fault.key), fault.reason)
        }
        return false
    }

    private static func fault(ofSSH credentials: [String], body: String?) -> (key: String, reason: String)? {
        let advice = "to check only that the server sends its SSH banner"
        if !credentials.isEmpty {
            let keys = (credentials + (body == nil ? [] : ["body"])).joined(separator: ", ")
            return ("ssh", "Tocsin cannot sign in or run a command over SSH: remove \(keys) \(advice)")
        }
        return body == nil ? nil : ("body", "Tocsin cannot run a command over SSH: remove it \(advice)")
    }

    /// Gatus requires whole credentials for every scheme, and uses them for `ssh://` alone.
    private func checkCredentials(_ ssh: ConfigurationSection, _ given: [String]) {
        if !given.contains("username") {
            ssh.fault("username", "give the user that password or private-key belong to")
        } else if given == ["username"] {
            ssh.fault("username", "give a password or private-key as well")
        }
        ssh.diagnostics.notUsed(line: ssh.line, path: ssh.path, "only for ssh://")
    }

    private mutating func conditions(_ section: ConfigurationSection) -> [Condition] {
        let texts = section.texts("conditions")
        if texts.isEmpty { section.fault("conditions", "give at least one condition, such as \"[STATUS] == 200\"") }
        return texts.compactMap { entry in
            if let condition = knownConditions[entry.text] { return condition }
            do throws(ConditionError) {
                let condition = try Condition(reviewing: entry.text)
                knownConditions[entry.text] = condition
                return condition
            } catch {
                section.fault(at: entry, "\(error)")
                return nil
            }
        }
    }

    private func readRequest(_ endpoint: inout Endpoint, _ section: ConfigurationSection) {
        let method = section.text("method") ?? ""
        endpoint.method = method.isEmpty ? "GET" : method
        if !endpoint.method.utf8.allSatisfy(\.isTokenCharacter) { section.fault("method", "is no HTTP method") }
        endpoint.body = section.text("body") ?? ""
        endpoint.isGraphQL = section.flag("graphql") ?? false
        endpoint.headers = [:]
        for (name, value) in section.pairs("headers") {
            if name.isEmpty || !name.utf8.allSatisfy(\.isTokenCharacter) {
                section.fault("headers", of: name, "is no name of a header")
            } else if value.utf8.contains(where: \.isControlOfHeader) {
                section.fault("headers", of: name, "the value has a line break or another control character")
            }
            endpoint.headers.set(name, value)
        }
        if endpoint.headers["User-Agent"] == nil { endpoint.headers.add("User-Agent", Endpoint.userAgent) }
        if endpoint.isGraphQL, endpoint.headers["Content-Type"] == nil {
            endpoint.headers.add("Content-Type", "application/json")
        }
    }

    private func readInterval(_ endpoint: inout Endpoint, _ section: ConfigurationSection) {
        if scope != nil { return }
        if let interval = section.duration("interval"), interval != .zero { endpoint.interval = interval }
        if endpoint.interval < .zero { section.fault("interval", "expected a positive duration") }
        if endpoint.interval < .seconds(300), endpoint.conditions.needs.contains(.domainExpiration) {
            section.fault("interval", "must be 5m or more with [DOMAIN_EXPIRATION], to spare the registries")
        }
    }
}

extension String {
    /// Whether Gatus takes the text for no name.
    var hasQuoteOrBackslash: Bool { utf8.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") } }
}

extension UInt8 {
    /// Whether the byte may be part of a token of HTTP (RFC 9110, section 5.6.2).
    var isTokenCharacter: Bool {
        isASCIIAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(self)
    }
}

extension ClientSettings {
    /// Reads `client`.
    init(_ section: ConfigurationSection, isEnabled: Bool) {
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
            if text != family.rawValue {
                section.fault("network", "expected ip, ip4, ip6, prefer-ip4 or prefer-ip6")
            }
        }
        readConnection(section)
        if let proxy = section.text("proxy-url"), !proxy.isEmpty {
            // As in Gatus, a SOCKS proxy finds the target's address itself, which curl calls socks5h.
            let socks = ["socks5://", "socks5h://"].first { proxy.hasPrefix($0) }
            let address = socks.map { String(proxy.dropFirst($0.count)) }
            if WebURL(address.map { "http://" + $0 } ?? proxy) == nil {
                section.fault("proxy-url", "expected a URL such as http://proxy.example.com:3128")
            }
            proxyURL = address.map { "socks5h://" + $0 } ?? proxy
        }
        if let section = section.section("tls") {
            tls = TLSSettings(section, isEnabled: isEnabled)
            certificate = ClientCertificate(section, isEnabled: isEnabled)
        }
        oauth2 = section.section("oauth2").flatMap { OAuth2Settings($0) }
        for key in ["tunnel", "identity-aware-proxy"] where section.has(key) && isEnabled {
            section.fault(key, "is not supported: remove it, or say enabled: false for the endpoint")
        }
        storesCookies = section.flag("store-cookies") ?? false
        section.close()
    }
}

extension ClientSettings.NameServer {
    /// Reads `udp://192.0.2.1:53`.
    fileprivate init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), let network = Network(rawValue: String(text[..<colon])),
            case let rest = text[colon...], rest.hasPrefix("://"),
            let server = try? CheckTarget(url: "tcp" + rest, question: nil), let port = server.port
        else { return nil }
        self.init(network: network, host: server.host, port: port)
    }
}

extension ClientSettings.ClientCertificate {
    /// Reads `tls`; nil when it names no file.
    fileprivate init?(_ section: ConfigurationSection, isEnabled: Bool) {
        let certificate = section.text("certificate-file") ?? ""
        let key = section.text("private-key-file") ?? ""
        section.ignore("renegotiation", "the server decides")
        section.close()
        if certificate.isEmpty, key.isEmpty { return nil }
        if certificate.isEmpty { section.fault("certificate-file", "give it together with private-key-file") }
        if key.isEmpty { section.fault("private-key-file", "give it together with certificate-file") }
        self.init(certificateFile: certificate, privateKeyFile: key)
        guard isEnabled, !certificate.isEmpty, !key.isEmpty else { return }
        // The server is not down when our own files are wrong.
        do throws(TransportError) {
            try Transport.ClientCertificate(certificateFile: certificate, keyFile: key).check()
        } catch {
            section.fault("certificate-file", "the client certificate cannot be used: \(error.message)")
        }
    }
}

extension OAuth2Settings {
    /// Reads `oauth2`.
    fileprivate init?(_ section: ConfigurationSection) {
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
    init(_ section: ConfigurationSection) {
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

extension DNSQuestion {
    /// Types that only the code of the answer is of use for, by IANA's numbers.
    private static let furtherTypes: [String: UInt16] = [
        "HINFO": 13, "LOC": 29, "NAPTR": 35, "CERT": 37, "DNAME": 39, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47,
        "DNSKEY": 48, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52, "SMIMEA": 53, "CDS": 59, "CDNSKEY": 60,
        "OPENPGPKEY": 61, "CSYNC": 62, "ZONEMD": 63, "SVCB": 64, "HTTPS": 65, "SPF": 99, "ANY": 255, "URI": 256,
    ]

    /// Reads `dns`; nil when it has faults.
    init?(_ section: ConfigurationSection) {
        var name = section.text("query-name") ?? ""
        let type = section.text("query-type") ?? ""
        for key in DNSExpectations.keys { _ = section.has(key) }
        if name.isEmpty { section.fault("query-name", "give the name to ask for") }
        guard let number = Self.furtherTypes[type] ?? DNSRecordType(type)?.rawValue, type == type.uppercased() else {
            section.fault("query-type", "expected a type of record in capitals, such as A, AAAA, CNAME, MX, NS or TXT")
            return nil
        }
        if name.isEmpty { return nil }
        name = InternationalName.ascii(name) ?? name
        if !name.hasSuffix(".") { name += "." }
        if type == "PTR", !name.hasSuffix(".in-addr.arpa."), !name.hasSuffix(".ip6.arpa.") {
            guard let reverse = Self.reverseName(of: String(name.dropLast())) else {
                section.fault("query-name", "expected an address, or a name under in-addr.arpa or ip6.arpa, for PTR")
                return nil
            }
            name = reverse
        }
        self.init(name: name, type: DNSRecordType(rawValue: number).description)
    }

    /// `4.3.2.1.in-addr.arpa.` for 1.2.3.4, and the like under `ip6.arpa` (RFC 1035, section 3.5; RFC 3596).
    private static func reverseName(of address: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 {
            return bytes[..<4].reversed().map { "\($0)." }.joined() + "in-addr.arpa."
        }
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return nil }
        return bytes.hex.reversed().map { "\($0)." }.joined() + "ip6.arpa."
    }
}
