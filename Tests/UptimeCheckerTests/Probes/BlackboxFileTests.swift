import Basics
import Foundation
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

@Suite struct BlackboxFileTests {
    private static func endpoints(
        _ text: String, module: String = "m", targets: [String] = ["127.0.0.1:1"], environment: [String: String] = [:]
    ) throws(UptimeCheckerError) -> [Endpoint] {
        try UptimeConfiguration(
            blackbox: Array(text.utf8), module: module, targets: targets, environment: environment
        ).endpoints
    }

    /// The faults of a module, without "line 2: modules.m".
    private static func faults(_ module: String) -> String {
        do throws(UptimeCheckerError) {
            _ = try endpoints("modules:\n  m: \(module)\n")
            return "none"
        } catch {
            return error.message.replacingOccurrences(of: "line 2: modules.m.", with: "")
        }
    }

    @Test(arguments: [
        ("{prober: tcp}", "none"), ("{}", "prober: expected one of http, tcp, dns, icmp, grpc, unix, websocket"),
        ("{prober: ftp}", "prober: expected one of http, tcp, dns, icmp, grpc, unix, websocket"),
        ("{prober: websocket}", "prober: the prober websocket is not supported, only http, tcp, dns, icmp, grpc, unix"),
        (
            "{prober: unix, unix: {tls: true}}",
            "unix.tls: a path is no name that a certificate can have: give server_name in tls_config"
        ),
        ("{prober: tcp, timeout: 5}", "timeout: expected a duration with its unit, such as 500ms, 30s, 5m or 1h30m"),
        ("{prober: tcp, timout: 5s}", "timout: unknown key, did you mean timeout?"),
        ("{prober: tcp, tcp: {tsl: true}}", "tcp.tsl: unknown key, expected one of preferred_ip_protocol, "),
        // The section of another prober has no effect, and is read.
        ("{prober: tcp, http: {method: 'A B'}}", "http.method: is no HTTP method"),
        ("{prober: tcp, http: {enable_http3: true}}", "http.enable_http3: HTTP/3 is not supported: leave it out"),
        (
            "{prober: http, http: {fail_if_body_matches_regexp: ['(']}}",
            "http.fail_if_body_matches_regexp[0]: is no regular expression: missing closing parenthesis (at character 2 "
                + "of the pattern)"
        ),
        (
            "{prober: http, http: {fail_if_body_json_matches_cel: 'a'}}",
            "http.fail_if_body_json_matches_cel: CEL is not supported: check the body by a condition such as [BODY].foo "
                + "== bar in a file for `tocsin check FILE`"
        ),
        (
            "{prober: http, http: {fail_if_header_matches: [{regexp: a}]}}",
            "http.fail_if_header_matches[0].header: expected the name of a header"
        ),
        (
            "{prober: http, http: {fail_if_header_matches: [{header: a}]}}",
            "http.fail_if_header_matches[0].regexp: expected a regular expression"
        ),
        ("{prober: http, http: {body: a, body_file: b}}", "http.body_file: give only one of body, body_file"),
        (
            "{prober: http, http: {body_file: /no/such}}",
            "http.body_file: /no/such cannot be read: No such file or directory"
        ),
        ("{prober: http, http: {compression: br}}", "http.compression: Brotli is not supported: ask for gzip"),
        ("{prober: http, http: {compression: zip}}", "http.compression: expected gzip, deflate, br or identity"),
        (
            "{prober: http, http: {compression: gzip, headers: {accept-encoding: 'br, identity'}}}",
            "http.compression: the header Accept-Encoding does not ask for gzip"
        ),
        ("{prober: http, http: {compression: gzip, headers: {Accept-Encoding: '*;q=0.1'}}}", "none"),
        (
            "{prober: http, http: {compression: gzip, headers: {Accept-Encoding: 'br, gzip;q=0'}}}",
            "http.compression: the header Accept-Encoding does not ask for gzip"
        ),
        (
            "{prober: http, http: {valid_http_versions: [HTTP/3.0]}}",
            "http.valid_http_versions: HTTP/3.0 needs enable_http3"
        ),
        (
            "{prober: http, http: {valid_status_codes: [2xx]}}",
            "http.valid_status_codes[0]: expected a status such as 200"
        ),
        ("{prober: http, http: {valid_status_codes: 200}}", "http.valid_status_codes: expected a list"),
        (
            "{prober: http, http: {body_size_limit: 1TB}}",
            "http.body_size_limit: expected a number of bytes such as 512KB or 10MB"
        ),
        ("{prober: http, http: {preferred_ip_protocol: ipv4}}", "http.preferred_ip_protocol: expected ip4 or ip6"),
        (
            "{prober: http, http: {basic_auth: {}, bearer_token: a}}",
            "http.bearer_token: give only one of basic_auth, bearer_token"
        ),
        (
            "{prober: http, http: {basic_auth: {password: a, password_file: b}}}",
            "http.basic_auth.password_file: give only one of password, password_file"
        ),
        (
            "{prober: http, http: {basic_auth: {password: '${NONE}'}}}",
            "http.basic_auth.password: the variable NONE is not set"
        ),
        ("{prober: http, http: {authorization: {type: Basic}}}", "http.authorization.type: use basic_auth instead"),
        (
            "{prober: http, http: {http_headers: {Host: {values: [a]}}}}",
            "http.http_headers.Host: cannot be set here: use headers, basic_auth or authorization"
        ),
        (
            "{prober: http, http: {proxy_connect_header: {A: [b]}}}",
            "http.proxy_connect_header: only with proxy_url or proxy_from_environment"
        ),
        (
            "{prober: http, http: {proxy_url: 'ftp://a'}}",
            "http.proxy_url: expected a URL such as http://proxy.example.com:3128"
        ),
        (
            "{prober: http, http: {tls_config: {min_version: TLS10}}}",
            "http.tls_config.min_version: Tocsin speaks TLS 1.2 and newer: say TLS12 or TLS13, or leave it out"
        ),
        (
            "{prober: http, http: {tls_config: {min_version: '1.2'}}}",
            "http.tls_config.min_version: expected TLS10, TLS11, TLS12 or TLS13"
        ),
        (
            "{prober: http, http: {tls_config: {min_version: TLS13, max_version: TLS12}}}",
            "http.tls_config.max_version: is older than the oldest allowed"
        ),
        (
            "{prober: http, http: {tls_config: {ca_file: /no/such}}}",
            "http.tls_config.ca_file: /no/such cannot be read: No such file or directory"
        ),
        ("{prober: http, http: {tls_config: {ca: nonsense}}}", "http.tls_config.ca: has no certificates in PEM form"),
        ("{prober: http, http: {tls_config: {cert_file: a}}}", "http.tls_config.cert_file: give key_file as well"),
        (
            "{prober: http, http: {oauth2: {token_url: 'http://a', client_id: b, tls_config: {}}}}",
            "http.oauth2.tls_config: is not supported for the token"
        ),
        (
            "{prober: tcp, tcp: {tls: true, query_response: [{starttls: true}]}}",
            "tcp.query_response[0].starttls: with tls: true the check has begun with TLS already"
        ),
        (
            "{prober: tcp, tcp: {query_response: [{expect: a, expect_bytes: b}]}}",
            "tcp.query_response[0].expect_bytes: give either expect or expect_bytes"
        ),
        ("{prober: tcp, tcp: {source_ip_address: here}}", "tcp.source_ip_address: expected an IPv4 or IPv6 address"),
        ("{prober: dns}", "dns: give the name to ask for in query_name"),
        ("{prober: dns, dns: {}}", "dns.query_name: expected the name to ask for"),
        (
            "{prober: dns, dns: {query_name: a, query_type: NOTVALID}}",
            "dns.query_type: expected a type of record in capitals, such as A, AAAA, MX, SOA or ANY"
        ),
        (
            "{prober: dns, dns: {query_name: a, query_class: X}}",
            "dns.query_class: expected a class of records in capitals, such as IN or CH"
        ),
        (
            "{prober: dns, dns: {query_name: a, dns_over_tls: true}}",
            "dns.dns_over_tls: say transport_protocol: tcp as well"
        ),
        (
            "{prober: dns, dns: {query_name: a, transport_protocol: sctp}}",
            "dns.transport_protocol: expected udp or tcp"
        ),
        (
            "{prober: dns, dns: {query_name: a, validate_answer_rrs: {fail_if_matches_regexp: [':[']}}}",
            "dns.validate_answer_rrs.fail_if_matches_regexp[0]: is no regular expression: missing terminating ]"
        ),
        ("{prober: grpc, grpc: {metadata: {'bad name': [a]}}}", "is no name of a header"),
        (
            "{prober: grpc, grpc: {metadata: {a: [\"b\\nc\"]}}}",
            "the value has a line break or another control character"
        ),
        ("{prober: icmp, icmp: {ttl: -1}}", "icmp.ttl: expected a whole number from 0 to 255"),
        ("{prober: icmp, icmp: {ttl: 256}}", "icmp.ttl: expected a whole number from 0 to 255"),
    ])
    func faults(module: String, expected: String) {
        let found = Self.faults(module)
        #expect(expected == "none" ? found == expected : found.contains(expected), "\(found)")
    }

    @Test("what Tocsin cannot do is a fault of the module that is run alone, what is wrong of any")
    func otherModules() throws {
        let other = "{prober: http, http: {enable_http3: true, enable_http2: false, tls_config: {ca_file: /no/such}}}"
        let file =
            "modules:\n  m: {prober: tcp}\n  other: \(other)\n  socket: {prober: websocket, websocket: {headers: {A: b}}}\n"
        #expect(try Self.endpoints(file).count == 1)
        let wrong = #expect(throws: UptimeCheckerError.self) {
            try Self.endpoints(file + "  wrong: {prober: http, http: {methud: GET}}\n")
        }
        #expect(wrong?.message == "line 5: modules.wrong.http.methud: unknown key, did you mean method?")
        let unknown = #expect(throws: UptimeCheckerError.self) { try Self.endpoints(file, module: "othr") }
        #expect(unknown?.message == #"there is no module "othr": did you mean other?"#)
        let none = #expect(throws: UptimeCheckerError.self) { try Self.endpoints("modules: {}") }
        #expect(none?.message == #"there is no module "m": it has no modules"#)
    }

    @Test func targets() throws {
        func url(_ prober: String, _ target: String) throws -> String {
            let module = prober == "dns" ? "{prober: dns, dns: {query_name: a.test}}" : "{prober: \(prober)}"
            let endpoint = try Self.endpoints("modules: {m: \(module)}", targets: [target])[0]
            return endpoint.target.url ?? endpoint.target.authority
        }
        #expect(try url("http", "example.org") == "http://example.org")
        #expect(try url("http", "HTTPS://example.org/a?b=c") == "https://example.org/a?b=c")
        #expect(try url("tcp", "example.org:25") == "example.org:25")
        #expect(try url("tcp", "[::1]:25") == "[::1]:25")
        #expect(try url("icmp", "::1") == "[::1]")
        #expect(try url("dns", "192.0.2.1") == "192.0.2.1:53")
        #expect(try url("dns", "192.0.2.1:5353") == "192.0.2.1:5353")
        let error = #expect(throws: UptimeCheckerError.self) { try url("tcp", "example.org") }
        #expect(error?.message == "the target example.org of the prober tcp has no port: expected host:port")
    }

    @Test("secrets come from a file, the environment or the file itself, and are in no message")
    func secrets() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "secret")
            try Data("hush-hush\n".utf8).write(to: path)
            for (secret, environment) in [
                ("credentials_file: '\(path.path)'", [:]), ("credentials: '${TOKEN}'", ["TOKEN": "hush-hush"]),
                ("credentials: hush-hush", [:]),
            ] as [(String, [String: String])] {
                let file = "modules: {m: {prober: http, http: {authorization: {\(secret)}}}}"
                let endpoint = try Self.endpoints(file, environment: environment)[0]
                #expect(endpoint.headers["Authorization"] == "Bearer hush-hush")
                #expect(SecretMask(of: endpoint).masked("you sent hush-hush") == "you sent ***")
            }
            let header = "http_headers: {X-Key: {values: [a], secrets: ['${TOKEN}'], files: ['\(path.path)']}}"
            let endpoint = try Self.endpoints(
                "modules: {m: {prober: http, http: {\(header)}}}", environment: ["TOKEN": "b"])[0]
            #expect(endpoint.headers.values(named: "X-Key") == ["a", "b", "hush-hush"])
        }
    }

    /// Every module of the example that Debian ships is read, and runs or names what it lacks on this machine.
    @Test(.enabled(if: BlackboxExporter.folder != nil, "there is no package prometheus-blackbox-exporter"))
    func exampleFile() throws {
        let text = try String(contentsOf: try #require(BlackboxExporter.example), encoding: .utf8)
        let names = text.split(separator: "\n").filter { $0.hasPrefix("  ") && $0.dropFirst(2).first?.isLetter == true }
            .map { String($0.dropFirst(2).prefix { $0 != ":" }) }
        #expect(names.count == 16)
        for name in names {
            do throws(UptimeCheckerError) {
                _ = try Self.endpoints(
                    text, module: name, targets: [name.hasPrefix("icmp") ? "127.0.0.1" : "127.0.0.1:1"])
            } catch {
                #expect(
                    error.message.hasSuffix("/certs/my_cert.crt cannot be read: No such file or directory"), "\(name)")
            }
        }
    }
}
