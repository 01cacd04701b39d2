import Basics
import Testing

@testable import UptimeChecker

@Suite struct FaultTests {
    private static let start = "expected a time from 00:00 to 23:59, in quotes, such as \"23:00\""
    private static let length = "expected a duration of more than 0 and at most 24h, such as 30m"
    private static let unit = "expected a duration with its unit, such as 500ms, 30s, 5m or 1h30m"
    private static let resolver = "expected tcp or udp, a host and a port, such as udp://192.0.2.1:53"
    private static let oauth2 = "give token-url, client-id, client-secret and scopes"
    private static let condition = "give at least one condition, such as \"[STATUS] == 200\""
    private static let endpoint =
        #"expected at least one endpoint, such as {name: web, url: https://example.org, conditions: ["[STATUS] == 200"]}"#
    private static let unsupported = "is not supported: remove it, or say enabled: false for the endpoint"

    /// The faults of a file.
    static func faults(_ text: String) -> String {
        do throws(UptimeCheckerError) {
            _ = try configuration(text)
            return "none"
        } catch {
            return error.code == .wrongConfiguration ? error.description : "another error: \(error)"
        }
    }

    @Test(arguments: [
        ("", "line 1: nothing is in it: \(endpoint)"), ("# only\n---\n~\n", "line 1: nothing is in it: \(endpoint)"),
        ("- a", "line 1: expected a mapping of keys to values"),
        ("endpoints:", "line 1: endpoints: \(endpoint)"),
        ("endpoints: []\nx-a: 1", "line 1: endpoints: \(endpoint)"),
        ("endpoints: 1", "line 1: endpoints: expected a list"),
        ("endpoints: [~]", "line 1: endpoints: \(endpoint)"),
        ("endpoints: [a]", "line 1: endpoints[0]: expected a mapping of keys to values"),
        (
            "a: [",
            "line 2, column 1: while parsing a flow node, did not find expected node content: close the quote or bracket, and quote a text that begins with [ or {"
        ),
        ("a: 1\na: 2", "line 2, column 1: key \"a\" stands here again, first on line 1: remove one"),
    ])
    func file(text: String, expected: String) {
        #expect(Self.faults(text) == expected)
    }

    /// Faults of a file's own keys; the endpoint is fine.
    @Test(arguments: [
        ("concurrency: -1", "concurrency: expected a whole number from 0 to 100000"),
        ("concurrency: x", "concurrency: expected a whole number from 0 to 100000"),
        ("host-concurrency: 0", "host-concurrency: expected a whole number from 1 to 100000"),
        ("retry: 3", "retry: expected a mapping of keys to values"),
        ("retry: {attempts: 0}", "retry.attempts: expected a whole number from 1 to 10"),
        ("retry: {attempts: 11}", "retry.attempts: expected a whole number from 1 to 10"),
        ("retry: {interval: -1s}", "retry.interval: expected no negative duration"),
        ("retry: {times: 1}", "retry.times: unknown key, expected one of attempts, interval"),
        ("allow: [loopback]", "allow[0]: expected one of link-local, metadata"),
        ("allow: metadata", "allow: expected a list"),
        ("maintenance: {start: \"24:00\", duration: 1h}", "maintenance.start: \(start)"),
        ("maintenance: {start: \"1:00\", duration: 1h}", "maintenance.start: \(start)"),
        ("maintenance: {start: \"10:60\", duration: 1h}", "maintenance.start: \(start)"),
        ("maintenance: {start: \"10-00\", duration: 1h}", "maintenance.start: \(start)"),
        ("maintenance: {start: \"+1:00\", duration: 1h}", "maintenance.start: \(start)"),
        ("maintenance: {duration: 1h}", "maintenance.start: \(start)"),
        ("maintenance: {start: \"10:00\"}", "maintenance.duration: \(length)"),
        ("maintenance: {start: \"10:00\", duration: 24h1s}", "maintenance.duration: \(length)"),
        (
            "maintenance: {start: \"10:00\", duration: 1h, timezone: CEST}",
            "maintenance.timezone: expected an IANA name, such as Europe/Berlin or America/Sao_Paulo"
        ),
        (
            "maintenance: {start: \"10:00\", duration: 1h, every: [Mon]}",
            "maintenance.every[0]: expected one of Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday"
        ),
        (
            "maintenance: {start: \"10:00\", duration: 1h, on: [Mon]}",
            "maintenance.on: unknown key, expected one of enabled, start, duration, timezone, every"
        ),
        ("maintenance: {enabled: false, start: x}", "none"),
        (
            "unknown: 1",
            "unknown: unknown key, expected one of retry, allow, endpoints, suites, external-endpoints, maintenance, concurrency, host-concurrency, alerting, storage, ui, web, security, metrics, remote, connectivity, tunneling, announcements, debug, skip-invalid-config-update, disable-monitoring-lock"
        ),
        ("holder: &x {a: 1}", "none"), ("x-holder: {a: 1}", "none"), ("holder: {a: &x 1}", "none"),
    ])
    func fileKeys(text: String, expected: String) {
        let found = Self.faults("endpoints: [{name: n, url: 'http://a', conditions: ['[STATUS] == 200']}]\n\(text)")
        #expect(found == (expected == "none" ? expected : "line 2: \(expected)"))
    }

    /// Faults of one endpoint, given by what it has beside or instead of name, URL and condition.
    static let rows: [(String, String)] = [
        ("url: ''", "url: give the endpoint a URL"),
        ("url: [a]", "url: expected a text"),
        ("url: example.com", "url: begins with no scheme, such as https:// or tcp://"),
        ("url: sctp://a:1", "url: sctp:// is not supported: remove it, or say enabled: false"),
        ("url: 'sctp://a:1', enabled: false", "none"), ("url: 'grpc://a:1'", "none"),
        ("conditions: []", "conditions: \(condition)"),
        (
            "conditions: [[STATUS]]",
            "conditions[0]: expected a text: put it into quotes if it begins with [ or {\nconditions: \(condition)"
        ),
        ("interval: 30", "interval: \(unit)"),
        ("interval: 5 m", "interval: \(unit)"),
        ("interval: 1d", "none"), ("interval: PT1M30S", "none"), ("interval: 1w", "none"),
        ("interval: 1y", "interval: \(unit)"),
        ("interval: -5m", "interval: expected a positive duration"),
        (
            "interval: 4m59s, conditions: ['[DOMAIN_EXPIRATION] > 48h']",
            "interval: must be 5m or more with [DOMAIN_EXPIRATION], to spare the registries"
        ),
        ("interval: 5m, conditions: ['[DOMAIN_EXPIRATION] > 48h']", "none"),
        ("method: 'GE T'", "method: is no HTTP method"),
        ("enabled: maybe", "enabled: expected true or false"),
        ("enabled: 'yes'", "none"), ("enabled: !!str true", "enabled: expected true or false"),
        ("uri: hush", "uri: unknown key, did you mean url?"),
        ("condition: [hush]", "condition: unknown key, did you mean conditions?"),
        ("maintenance-window: [hush]", "maintenance-window: unknown key, did you mean maintenance-windows?"),
        ("graphql: 1", "graphql: expected true or false"),
        ("group: 'a\"b'", "group: must not contain \" or \\"), ("group: 'a\\b'", "group: must not contain \" or \\"),
        ("headers: [a]", "headers: expected a mapping of names to texts"),
        ("headers: {a: [hush]}", "headers.a: expected a text"),
        ("headers: {'a b': hush}", "headers.a b: is no name of a header"),
        ("headers: {a: \"hush\\nhush\"}", "headers.a: the value has a line break or another control character"),
        (
            "uniform: hush",
            "uniform: unknown key, expected one of name, group, enabled, url, dns, ssh, conditions, method, body, graphql, headers, interval, client, expect, steps, icmp, grpc, ui, retry, allow, extra-labels, maintenance-windows, alerts, store, always-run"
        ),
        (
            "dns: {query-name: a, query-type: a}",
            "dns.query-type: expected a type of record in capitals, such as A, AAAA, CNAME, MX, NS or TXT"
        ),
        ("dns: {query-type: A}", "dns.query-name: give the name to ask for"),
        (
            "dns: {query-name: x, query-type: PTR}",
            "dns.query-name: expected an address, or a name under in-addr.arpa or ip6.arpa, for PTR"
        ),
        ("ssh: {password: hush}", "ssh.username: give the user that password or private-key belong to"),
        ("ssh: {username: me}", "ssh.username: give a password or private-key as well"),
        ("ssh: {}", "none"),
        ("ssh: {user: me}", "ssh.user: unknown key, expected one of username, password, private-key"),
        ("client: {timeout: 10}", "client.timeout: \(unit)"),
        ("client: {dns-resolver: 8.8.8.8}", "client.dns-resolver: \(resolver)"),
        ("client: {dns-resolver: 'tls://8.8.8.8:53'}", "client.dns-resolver: \(resolver)"),
        ("client: {dns-resolver: 'udp://8.8.8.8'}", "client.dns-resolver: \(resolver)"),
        ("client: {network: ip5}", "client.network: expected ip, ip4, ip6, prefer-ip4 or prefer-ip6"),
        ("client: {proxy-url: hush}", "client.proxy-url: expected a URL such as http://proxy.example.com:3128"),
        ("client: {proxy-url: 'socks5://'}", "client.proxy-url: expected a URL such as http://proxy.example.com:3128"),
        ("client: {proxy-url: 'socks5://u:hush@proxy.example.com:1080'}", "none"),
        ("client: {tls: {certificate-file: a}}", "client.tls.private-key-file: give it together with certificate-file"),
        ("client: {tls: {private-key-file: a}}", "client.tls.certificate-file: give it together with private-key-file"),
        ("client: {tls: {}}", "none"),
        (
            "client: {oauth2: {token-url: 'http://a', client-id: a, client-secret: hush}}",
            "client.oauth2.scopes: \(oauth2)"
        ),
        (
            "client: {oauth2: {token-url: a, client-secret: hush, scopes: [a]}}",
            "client.oauth2.token-url: expected an https:// URL\nclient.oauth2.client-id: \(oauth2)"
        ),
        ("client: {tunnel: a}", "client.tunnel: \(unsupported)"),
        ("client: {tunnel: a}, enabled: false", "none"),
        ("client: {identity-aware-proxy: {audience: a}}", "client.identity-aware-proxy: \(unsupported)"),
        (
            "client: {http2: true}",
            "client.http2: unknown key, expected one of insecure, ignore-redirect, timeout, dns-resolver, network, source-address, max-redirects, http-version, proxy-url, tls, oauth2, tunnel, identity-aware-proxy, store-cookies"
        ),
        (
            "ui: {hide-everything: true}",
            "ui.hide-everything: unknown key, expected one of hide-conditions, hide-hostname, hide-url, hide-port, hide-errors, dont-resolve-failed-conditions, resolve-successful-conditions, badge"
        ),
        ("maintenance-windows: {start: '10:00'}", "maintenance-windows: expected a list"),
        ("maintenance-windows: [{start: '10:00', duration: 0s}]", "maintenance-windows[0].duration: \(length)"),
    ]

    @Test(arguments: rows)
    func endpointKeys(keys: String, expected: String) throws {
        var text = "name: n"
        if !keys.contains("url:") || keys.contains("proxy-url") || keys.contains("token-url") {
            text += ", url: 'http://a'"
        }
        if !keys.contains("conditions:") { text += ", conditions: ['[STATUS] == 200']" }
        let found = Self.faults("endpoints: [{\(text), \(keys)}]")
        // A wrong group is part of the label.
        let label = keys.hasPrefix("group: '") ? "\(keys.dropFirst(8).dropLast())/n" : "n"
        let lines = expected.split(separator: "\n").map { "line 1: endpoints[0](\(label)).\($0)" }
        let faults = lines.count > 1 ? "\(lines.count) faults:\n" + lines.joined(separator: "\n") : lines[0]
        #expect(found == (expected == "none" ? expected : faults))
        #expect(!found.contains("hush"))
    }

    @Test func allAtOnceInTheOrderOfLines() {
        let text = """
            endpoints:
              - name: a
                url: tcp://a
                conditions:
                  - "[STATUS] == 200"
                  - "[STAUS] == 200"
              - url: http://b
                conditions: ["[STATUS] == 200"]
                nmae: b
              - name: A
                group: shop
                url: http://c
              - {name: a, url: "http://d", conditions: ["[STATUS] == 200"]}
            concurrency: many
            """
        let lines = Self.faults(text).split(separator: "\n").map(String.init)
        #expect(lines.count == 8)
        #expect(lines[0] == "7 faults:")
        #expect(lines[1] == "line 3: endpoints[0](a).url: has no port: expected host:port")
        #expect(lines[2].hasPrefix("line 6: endpoints[0](a).conditions[1]: "))
        #expect(lines[3] == "line 7: endpoints[1].name: give the endpoint a name")
        #expect(lines[4].hasPrefix("line 9: endpoints[1].nmae: unknown key, expected one of name, group"))
        #expect(
            lines[5]
                == "line 10: endpoints[2](shop/A).conditions: \(Self.condition)")
        #expect(
            lines[6]
                == "line 13: endpoints[3](a).name: the endpoint on line 2 has the same key _a: change name or group of one"
        )
        #expect(lines[7] == "line 14: concurrency: expected a whole number from 0 to 100000")
    }

    /// With only its banner read it would be up, whatever the password is and whatever the command returns.
    @Test(
        "an SSH endpoint with credentials or a command is refused, not reduced to its banner",
        arguments: [
            ("ssh: {username: me, password: hush}", "ssh", "remove username, password to"),
            ("ssh: {username: me, private-key: hush}, body: hush", "ssh", "remove username, private-key, body to"),
            ("ssh: {password: hush}", "ssh", "remove password to"),
            ("ssh: {username: '', password: ''}, body: hush", "body", "remove it to"),
            ("body: hush", "body", "remove it to"),
        ])
    func credentialsOfSSH(keys: String, key: String, advice: String) throws {
        func text(_ more: String) -> String {
            "endpoints: [{name: n, url: 'ssh://h', conditions: ['[STATUS] == 0'], \(keys)\(more)},\n"
                + "{name: m, url: 'tcp://h:1', conditions: ['[CONNECTED] == true']}]"
        }
        let found = Self.faults(text(""))
        #expect(found.hasPrefix("line 1: endpoints[0](n).\(key): Tocsin cannot "))
        #expect(found.contains(advice), "\(found)")
        #expect(found.hasSuffix("only that the server sends its SSH banner, or say enabled: false"))
        #expect(!found.contains("hush"))
        // One that is not enabled stays away from the checks altogether, also from those by name.
        let file = try configuration(text(", enabled: false"))
        #expect(file.endpoints.map(\.name) == ["m"])
        #expect(file.notUsed.count == 1)
        #expect(file.notUsed.first?.hasPrefix("line 1: endpoints[].\(key) (Tocsin cannot ") == true)
    }

    @Test(arguments: ["", ", ssh: {}", ", ssh: {username: '', password: '', private-key: ''}, body: ''"])
    func sshWithoutCredentialsReadsTheBanner(keys: String) throws {
        let file = try configuration(
            "endpoints: [{name: n, url: 'ssh://h', conditions: ['[CONNECTED] == true']\(keys)}]")
        #expect(file.endpoints.map(\.target) == [CheckTarget(.ssh, host: "h", port: 22)])
        #expect(file.notUsed.isEmpty)
    }

    @Test func missingVariablesAreToldWithTheFaultsTheyMayHaveCaused() {
        let file = "endpoints:\n- name: a\n  url: http://$HOST/\n  conditions: ['[STATUS] == 200']\n"
        let missing = "line 3: $HOST is not set and stands for nothing; write $$ for a dollar sign"
        #expect(Self.faults(file) == "line 3: endpoints[0](a).url: has no host, or a wrong port\n\(missing)")
        #expect(Self.faults(file + " $HOST: [").hasSuffix("\n\(missing)"))
    }

    @Test("a client certificate that is not there is a fault of the file, not of the server")
    func aClientCertificateThatIsMissing() throws {
        let keys = "client: {tls: {certificate-file: /nowhere/c.pem, private-key-file: /nowhere/k.pem}}"
        func file(_ enabled: Bool) -> String {
            "endpoints: [{name: n, enabled: \(enabled), url: 'https://a', conditions: ['[STATUS] == 200'], \(keys)}]"
        }
        let error = #expect(throws: UptimeCheckerError.self) { try configuration(file(true)) }
        let reason = "the client certificate cannot be used: /nowhere/c.pem cannot be read: No such file or directory"
        #expect(error?.message.contains("client.tls.certificate-file: \(reason)") == true, "\(error?.message ?? "")")
        // Where it is not used it may be missing.
        let disabled = try configuration(file(false)).endpoints.first
        #expect(disabled?.client.certificate?.certificateFile == "/nowhere/c.pem")
    }

    @Test("thousands of faults are counted, and the first of them shown")
    func thousandsOfFaults() throws {
        let lines = (0..<4_000).map { "  - {name: e\($0), url: 'nothing', conditions: ['[STATUS] == 200']}" }
        let error = #expect(throws: UptimeCheckerError.self) {
            try configuration((["endpoints:"] + lines).joined(separator: "\n"))
        }
        let shown = error?.message.split(separator: "\n") ?? []
        #expect(shown.count == 51)
        #expect(shown.first == "4000 faults, the first 50 of them:")
        #expect(shown.last?.hasPrefix("line 51: endpoints[49](e49).url: ") == true)
    }
}
