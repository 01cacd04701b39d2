import Basics
import Configuration
import JSON
import RegularExpressions
import Transport

/// Reads one module of a file of blackbox_exporter.
struct BlackboxReader {
    /// Whether the module is the one that is run.
    ///
    /// Only then its files and secrets are read, and what Tocsin cannot do is a fault.
    let isChosen: Bool
    let environment: [String: String]

    /// How long a probe may take that has no `timeout`: what Prometheus gives it by default.
    private static let defaultTimeout = Duration.seconds(10)
    private static let furtherProbers = ["websocket"]

    /// The module; nil for one whose prober is none of ours.
    func module(_ name: String, _ section: ConfigurationSection) -> BlackboxModule? {
        let text = section.text("prober") ?? ""
        let prober = BlackboxModule.Prober(rawValue: text)
        if prober == nil {
            let names = BlackboxModule.Prober.allCases.map(\.rawValue)
            if Self.furtherProbers.contains(text) {
                unsupported(
                    section, "prober", "the prober \(text) is not supported, only \(names.joined(separator: ", "))")
            } else {
                section.fault("prober", "expected one of \((names + Self.furtherProbers).joined(separator: ", "))")
            }
        }
        var module = BlackboxModule(name: name, prober: prober ?? .http, timeout: Self.defaultTimeout)
        if let timeout = section.duration("timeout"), timeout > .zero { module.timeout = timeout }
        // Also the sections of other probers are read, as blackbox_exporter does, and have no effect.
        for other in BlackboxModule.Prober.allCases {
            // A prober without a section has the defaults.
            let empty = ConfigurationSection(
                JSONObject(), path: section.path(of: other.rawValue), diagnostics: section.diagnostics)
            guard let probe = section.section(other.rawValue) ?? (other == prober ? empty : nil) else { continue }
            if other == .dns, !section.has("dns") { section.fault("dns", "give the name to ask for in query_name") }
            var scratch = module
            read(other, probe, &scratch)
            probe.close()
            if other == prober { module = scratch }
        }
        for other in Self.furtherProbers { _ = section.has(other) }
        section.close()
        // One address and no more, and no proxies but those that the module names.
        module.client.triesOneAddress = true
        if module.client.family == .any { module.client.family = .preferIPv6 }
        return prober == nil ? nil : module
    }

    private func read(
        _ prober: BlackboxModule.Prober, _ section: ConfigurationSection, _ module: inout BlackboxModule
    ) {
        if prober != .unix { module.client.family = family(section) }
        switch prober {
        case .http: readHTTP(section, &module)
        case .tcp:
            module.usesTLS = section.flag("tls") ?? false
            module.client.sourceAddress = sourceAddress(section)
            readTLS(section, &module.client)
            module.probe.steps = section.sections("query_response").map { step($0, isSecure: module.usesTLS) }
        case .unix:
            module.probe.beginsWithTLS = section.flag("tls") ?? false
            readTLS(section, &module.client)
            module.probe.steps = section.sections("query_response").map {
                step($0, isSecure: module.probe.beginsWithTLS)
            }
            let speaksTLS = module.probe.beginsWithTLS || module.probe.steps.contains { $0.startsTLS }
            if speaksTLS, module.client.tls.serverName == nil, !module.client.isInsecure {
                unsupported(
                    section, "tls", "a path is no name that a certificate can have: give server_name in tls_config")
            }
        case .dns: readDNS(section, &module)
        case .icmp:
            module.client.sourceAddress = sourceAddress(section)
            let size = section.integer("payload_size", in: 0...65_507) ?? 0
            module.probe.icmp.payloadSize = size == 0 ? 28 : size
            let hops = section.integer("ttl", in: 0...255) ?? 64
            module.probe.icmp.timeToLive = hops == 0 ? nil : hops
            module.probe.icmp.forbidsFragments = section.flag("dont_fragment") ?? false
        case .grpc:
            module.usesTLS = section.flag("tls") ?? false
            readTLS(section, &module.client)
            module.client.proxy.usesEnvironment = false
            module.probe.grpc.service = section.text("service") ?? ""
            module.probe.grpc.mustServe = true
            if let metadata = section.section("metadata") {
                for name in metadata.keys {
                    for value in metadata.texts(name) {
                        if let fault = module.probe.grpc.metadata.addChecked(name, value.text) {
                            metadata.fault(at: value, fault)
                        }
                    }
                }
                metadata.close()
            }
        }
    }

    // MARK: What probers have in common

    /// Notes what Tocsin cannot do, in the module that is run.
    func unsupported(_ section: ConfigurationSection, _ key: String, _ message: String) {
        if isChosen { section.fault(key, message) }
    }

    private func family(_ section: ConfigurationSection) -> ClientSettings.AddressFamily {
        let isIPv4 = section.value("preferred_ip_protocol", default: false, expected: "ip4 or ip6") {
            ["ip4": true, "ip6": false][$0]
        }
        let mayFallBack = section.flag("ip_protocol_fallback") ?? true
        return switch (isIPv4, mayFallBack) {
        case (true, true): .preferIPv4
        case (true, false): .ipv4
        case (false, true): .preferIPv6
        case (false, false): .ipv6
        }
    }

    private func sourceAddress(_ section: ConfigurationSection) -> SocketAddress? {
        section.value("source_ip_address", expected: "an IPv4 or IPv6 address") { SocketAddress(ip: $0, port: 0) }
    }

    /// Reads `tls_config`.
    func readTLS(_ section: ConfigurationSection, _ client: inout ClientSettings) {
        guard let tls = section.section("tls_config") else { return }
        client.isInsecure = tls.flag("insecure_skip_verify") ?? false
        client.tls.serverName = tls.text("server_name")
        func version(_ key: String) -> TLSVersion? {
            switch tls.text(key) {
            case nil: return nil
            case "TLS12": return .tls12
            case "TLS13": return .tls13
            case "TLS10", "TLS11":
                unsupported(tls, key, "Tocsin speaks TLS 1.2 and newer: say TLS12 or TLS13, or leave it out")
            default: tls.fault(key, "expected TLS10, TLS11, TLS12 or TLS13")
            }
            return nil
        }
        client.tls.minimumVersion = version("min_version")
        client.tls.maximumVersion = version("max_version")
        client.tls.checkVersions(tls, "max_version")
        exclusive(tls, ["ca", "ca_file", "ca_ref"])
        if let text = tls.text("ca") {
            let authorities = CertificateAuthorities.pem(Array(text.utf8))
            do throws(TransportError) { try authorities.check() } catch {
                tls.fault("ca", "has no certificates in PEM form: \(error.message)")
            }
            client.tls.authorities = authorities
        }
        if let file = tls.text("ca_file"), isChosen { client.tls.authorities = tls.authorities(file, at: "ca_file") }
        readClientCertificate(tls, &client)
        tls.close()
    }

    private func readClientCertificate(_ tls: ConfigurationSection, _ client: inout ClientSettings) {
        for key in ["ca_ref", "cert_ref", "key_ref"] where tls.has(key) {
            unsupported(tls, key, "there is no secret manager: name a file in \(key.dropLast(3))file")
        }
        for key in ["cert", "key"] where tls.has(key) {
            unsupported(tls, key, "is not supported: write it to a file, and name that in \(key)_file")
        }
        let (certificate, key) = (tls.text("cert_file"), tls.text("key_file"))
        if certificate != nil, key == nil { tls.fault("cert_file", "give key_file as well") }
        if key != nil, certificate == nil { tls.fault("key_file", "give cert_file as well") }
        guard let certificate, let key else { return }
        client.certificate = .init(certificateFile: certificate, privateKeyFile: key)
        guard isChosen else { return }
        do throws(TransportError) {
            try ClientCertificate(certificateFile: certificate, keyFile: key).check()
        } catch {
            tls.fault("cert_file", "the client certificate cannot be used: \(error.message)")
        }
    }

    /// Notes when more than one of some keys is there.
    func exclusive(_ section: ConfigurationSection, _ keys: [String]) {
        let given = keys.filter { section.text($0) != nil }
        if given.count > 1 { section.fault(given[1], "give only one of \(given.joined(separator: ", "))") }
    }

    /// A secret: written out, as `${NAME}` for a variable of the environment, or in a file.
    ///
    /// A file's text is trimmed, as blackbox_exporter does it.
    func secret(_ section: ConfigurationSection, _ key: String) -> String? {
        let fileKey = key + "_file", referenceKey = key + "_ref"
        exclusive(section, [key, fileKey, referenceKey])
        if section.has(referenceKey) {
            unsupported(section, referenceKey, "there is no secret manager: use \(fileKey)")
        }
        if let file = section.text(fileKey) { return content(of: file, section, fileKey).map { text(of: $0) } }
        return section.text(key).map { expanded($0, section, key) }
    }

    /// A value that may be `${NAME}`.
    func expanded(_ value: String, _ section: ConfigurationSection, _ key: String) -> String {
        guard value.hasPrefix("${"), value.hasSuffix("}"), isChosen else { return value }
        let name = String(value.dropFirst(2).dropLast())
        if let value = environment[name] { return value }
        section.fault(key, "the variable \(name) is not set")
        return ""
    }

    /// A file's text without white space around it.
    func text(of bytes: [UInt8]) -> String { String(String(decoding: bytes, as: UTF8.self).trimmingWhitespace) }

    /// What is in a file; nil, with a fault noted, when it cannot be read, and for a module that is not run.
    func content(of file: String, _ section: ConfigurationSection, _ key: String) -> [UInt8]? {
        guard isChosen else { return nil }
        do throws(SystemError) { return try contents(ofFile: file, limit: 16 << 20) } catch {
            section.fault(key, "\(file) cannot be read: \(error)")
            return nil
        }
    }

    // MARK: tcp and dns

    private func step(_ section: ConfigurationSection, isSecure: Bool) -> DialogueStep {
        var step = DialogueStep()
        if let text = section.text("expect") { step.expect = section.expression(text, at: "expect", isGo: true) }
        step.expectedBytes = section.value("expect_bytes")?.bytes ?? []
        step.send = section.value("send")?.bytes ?? []
        step.labels = section.sections("labels").map { label in
            let entry = (label.requiredText("name", expected: "the label's name"), label.text("value") ?? "")
            label.close()
            return entry
        }
        step.startsTLS = section.flag("starttls") ?? false
        if step.startsTLS, isSecure {
            unsupported(section, "starttls", "with tls: true the check has begun with TLS already")
        }
        step.check(section, names: ("expect", "expect_bytes"))
        section.close()
        return step
    }

    private func readDNS(_ section: ConfigurationSection, _ module: inout BlackboxModule) {
        var dns = DNSExpectations()
        dns.repeatsTruncated = false
        module.client.sourceAddress = sourceAddress(section)
        readTLS(section, &module.client)
        let name = section.requiredText("query_name", expected: "the name to ask for")
        let type = section.value("query_type", default: DNSRecordType(rawValue: 255), expected: Self.type) {
            DNSTypeNames.type(named: $0)
        }
        module.question = DNSQuestion(
            name: name.hasSuffix(".") ? name : name + ".", type: "TYPE\(type.rawValue)")
        dns.recordClass = section.value(
            "query_class", default: 1, expected: "a class of records in capitals, such as IN or CH"
        ) { DNSTypeNames.recordClass(named: $0) }
        dns.wantsRecursion = section.flag("recursion_desired") ?? true
        let isTCP = section.value("transport_protocol", default: false, expected: "udp or tcp") {
            ["udp": false, "tcp": true][$0]
        }
        dns.network = isTCP ? .tcp : .udp
        dns.usesTLS = section.flag("dns_over_tls") ?? false
        if dns.usesTLS, !isTCP { section.fault("dns_over_tls", "say transport_protocol: tcp as well") }
        let codes = section.texts("valid_rcodes").compactMap { entry -> String? in
            if DNSExpectations.allCodes.contains(entry.text) { return entry.text }
            section.fault(at: entry, "expected one of \(DNSExpectations.allCodes.joined(separator: ", "))")
            return nil
        }
        dns.codes = codes.isEmpty ? ["NOERROR"] : codes
        dns.answer = rules(section, "validate_answer_rrs")
        dns.authority = rules(section, "validate_authority_rrs")
        dns.additional = rules(section, "validate_additional_rrs")
        module.probe.dns = dns
    }

    private static let type = "a type of record in capitals, such as A, AAAA, MX, SOA or ANY"

    private func rules(_ section: ConfigurationSection, _ key: String) -> DNSExpectations.RecordRules {
        var rules = DNSExpectations.RecordRules()
        guard let section = section.section(key) else { return rules }
        rules.none = section.expressions("fail_if_matches_regexp", isGo: true)
        rules.everyIfAny = section.expressions("fail_if_all_match_regexp", isGo: true)
        rules.every = section.expressions("fail_if_not_matches_regexp", isGo: true)
        rules.any = section.expressions("fail_if_none_matches_regexp", isGo: true)
        section.close()
        return rules
    }
}
