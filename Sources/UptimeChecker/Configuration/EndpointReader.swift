import Transport
import YAML

/// What a file says for all its endpoints.
struct EndpointDefaults {
    var confirmation = Confirmation()
    var allowedAddresses: Set<AddressClass> = []
}

/// Reads the entries of `endpoints`, as Gatus does: defaults, rules and the kind of check by the URL.
struct EndpointReader {
    let defaults: EndpointDefaults
    let findings: Findings
    /// Time zones looked up so far.
    var zones: [String: TimeZoneRules] = [:]
    /// The line of each key so far.
    private var lines: [String: Int] = [:]

    init(defaults: EndpointDefaults, findings: Findings) {
        self.defaults = defaults
        self.findings = findings
    }

    /// One endpoint; nil for one whose faults are noted, and for one of a kind that Tocsin lacks, if it is not enabled.
    mutating func endpoint(_ node: YAMLNode, path: String) -> Endpoint? {
        guard let section = Section(node, path: path, findings: findings) else { return nil }
        let name = section.text("name") ?? ""
        if name.isEmpty { section.fault("name", "give the endpoint a name") }
        let group = section.text("group").flatMap { $0.isEmpty ? nil : $0 }
        if !name.isEmpty { section.path += "(\(group.map { "\($0)/" } ?? "")\(name))" }
        check(name: name, group: group, section)

        let isEnabled = section.flag("enabled") ?? true
        let url = section.text("url") ?? ""
        let target = target(url, section, isEnabled: isEnabled)
        // Without a target, the others' faults are still looked for; nobody sees the endpoint then.
        var endpoint = Endpoint(
            name: name, group: group, url: url, target: target ?? .icmp(host: ""), conditions: conditions(section),
            confirmation: defaults.confirmation, allowedAddresses: defaults.allowedAddresses
        )
        endpoint.isEnabled = isEnabled
        readRequest(&endpoint, section)
        readInterval(&endpoint, section)
        if let client = section.section("client") { endpoint.client = ClientSettings(client, isEnabled: isEnabled) }
        if let ui = section.section("ui") { endpoint.ui = UISettings(ui) }
        if let retry = section.section("retry") { endpoint.confirmation = Confirmation(retry, defaults.confirmation) }
        endpoint.allowedAddresses.formUnion(section.choices("allow"))
        endpoint.labels = section.pairs("extra-labels").sorted { $0.name < $1.name }
        for (index, node) in section.list("maintenance-windows").enumerated() {
            let path = "\(section.path(of: "maintenance-windows"))[\(index)]"
            let window = Section(node, path: path, findings: findings)
            if let window = window.flatMap({ MaintenanceWindow($0, zones: &zones) }) {
                endpoint.maintenance.append(window)
            }
        }
        section.ignore("alerts", "alarms on the metrics, or the notifier")
        section.ignore("store", "for suites alone")
        section.ignore("always-run", "for suites alone")
        section.close()
        return target == nil ? nil : endpoint
    }

    private mutating func check(name: String, group: String?, _ section: Section) {
        for (key, text) in [("name", name), ("group", group ?? "")] {
            if text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                section.fault(key, "must not contain \" or \\")
            }
        }
        let key = Endpoint.key(group: group, name: name)
        if !name.isEmpty, let line = lines.updateValue(section.line, forKey: key) {
            section.fault("name", "the endpoint on line \(line) has the same key \(key): change name or group of one")
        }
    }

    private func target(_ url: String, _ section: Section, isEnabled: Bool) -> CheckTarget? {
        let dns = section.section("dns")
        let question = dns.flatMap { DNSQuestion($0) }
        if let ssh = section.section("ssh") { checkCredentials(ssh) }
        guard !url.isEmpty else {
            section.fault("url", "give the endpoint a URL")
            return nil
        }
        // A fault of `dns` is noted; the URL alone would be another kind of check.
        if dns != nil, question == nil { return nil }
        do throws(TargetError) {
            return try CheckTarget(url: url, question: question)
        } catch {
            if error.isUnsupported, !isEnabled {
                findings.notUsed(line: section.line, path: section.path, error.message)
            } else {
                section.fault("url", error.message + (error.isUnsupported ? ": remove it, or say enabled: false" : ""))
            }
            return nil
        }
    }

    /// Gatus signs in and runs a command; Tocsin reads what the server says first.
    private func checkCredentials(_ ssh: Section) {
        let user = ssh.text("username") ?? ""
        let secrets = [ssh.text("password"), ssh.text("private-key")].compactMap(\.self).filter { !$0.isEmpty }
        if user.isEmpty, !secrets.isEmpty {
            ssh.fault("username", "give the user that password or private-key belong to")
        }
        if !user.isEmpty, secrets.isEmpty { ssh.fault("username", "give a password or private-key as well") }
        if !user.isEmpty {
            findings.notUsed(line: ssh.line, path: ssh.path, "nobody signs in; the server's banner is what is checked")
        }
        ssh.close()
    }

    private func conditions(_ section: Section) -> [Condition] {
        let texts = section.texts("conditions")
        if texts.isEmpty { section.fault("conditions", "give at least one condition, such as \"[STATUS] == 200\"") }
        return texts.compactMap { entry in
            do throws(ConditionError) { return try Condition(entry.text) } catch {
                findings.fault(line: entry.line, path: entry.path, "\(error)")
                return nil
            }
        }
    }

    private func readRequest(_ endpoint: inout Endpoint, _ section: Section) {
        let method = section.text("method") ?? ""
        endpoint.method = method.isEmpty ? "GET" : method
        if !endpoint.method.utf8.allSatisfy(\.isTokenCharacter) { section.fault("method", "is no HTTP method") }
        endpoint.body = section.text("body") ?? ""
        endpoint.isGraphQL = section.flag("graphql") ?? false
        endpoint.headers = [:]
        for (name, value) in section.pairs("headers") {
            if name.isEmpty || !name.utf8.allSatisfy(\.isTokenCharacter) {
                section.fault("headers", of: name, "is no name of a header")
            } else if value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
                section.fault("headers", of: name, "the value has a line break or another control character")
            }
            endpoint.headers.set(name, value)
        }
        if endpoint.headers["User-Agent"] == nil { endpoint.headers.add("User-Agent", Endpoint.userAgent) }
        if endpoint.isGraphQL, endpoint.headers["Content-Type"] == nil {
            endpoint.headers.add("Content-Type", "application/json")
        }
    }

    private func readInterval(_ endpoint: inout Endpoint, _ section: Section) {
        if let interval = section.duration("interval"), interval != .zero { endpoint.interval = interval }
        if endpoint.interval < .zero { section.fault("interval", "expected a positive duration") }
        if endpoint.interval < .seconds(300), endpoint.conditions.needs.contains(.domainExpiration) {
            section.fault("interval", "must be 5m or more with [DOMAIN_EXPIRATION], to spare the registries")
        }
    }
}

extension UInt8 {
    /// Whether the byte may be part of a token of HTTP (RFC 9110, section 5.6.2).
    fileprivate var isTokenCharacter: Bool {
        0x30...0x39 ~= self || 0x61...0x7A ~= self | 0x20 || "!#$%&'*+-.^_`|~".utf8.contains(self)
    }
}
