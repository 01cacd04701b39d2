import Basics
import Foundation
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// The keys of endpoints that Gatus does not have: their faults, and that each of them has an effect.
@Suite(.timeLimit(.minutes(5))) struct ProbeReaderTests {
    @Test(arguments: [
        ("url: tcp://a:1, expect: {status: 200}", "expect: only for http://, https:// and endpoints with `dns`"),
        ("url: http://a, expect: {status: 2xx}", "expect.status: expected a status such as 200"),
        ("url: http://a, expect: {status: [200, 1000]}", "expect.status[1]: expected a status such as 200"),
        ("url: http://a, expect: {sattus: 200}", "expect.sattus: unknown key, did you mean status?"),
        (
            "url: http://a, expect: {http-version: 2.0}",
            "expect.http-version: expected \"1.0\", \"1.1\" or \"2\", in quotes"
        ),
        ("url: http://a, expect: {http-version: ['1.1', '2']}", "none"),
        (
            "url: http://a, expect: {body-matches: '('}",
            "expect.body-matches: is no regular expression: missing closing parenthesis (at character 2 of the pattern)"
        ),
        (
            "url: http://a, expect: {body-limit: 5 apples}",
            "expect.body-limit: expected a number of bytes such as 512KB or 10MB"
        ),
        (
            "url: http://a, expect: {header-matches: [{header: A}]}",
            "expect.header-matches[0].regexp: expected a regular expression"
        ),
        ("url: http://a, expect: {rcode: NOERROR}", "expect.rcode: unknown key, expected one of"),
        ("url: http://a, steps: [{expect: a}]", "steps: only for tcp:// and tls://"),
        (
            "url: 'tls://a:1', steps: [{starttls: true}]",
            "steps[0].starttls: the check has begun with TLS already: say tcp://"
        ),
        (
            "url: 'tcp://a:1', steps: [{expect: a, expect-bytes: b}]",
            "steps[0].expect-bytes: give either expect or expect-bytes"
        ),
        ("url: 'tcp://a:1', steps: [{labels: {a: b}}]", "steps[0].labels: their values come from expect: give one"),
        ("url: 'tcp://a:1', steps: [{expect: a}], body: b", "body: with `steps` the first one sends"),
        ("url: 'tcp://a:1', icmp: {ttl: 5}", "icmp: only for icmp://"),
        ("url: 'icmp://a', icmp: {ttl: 0}", "icmp.ttl: expected a whole number from 1 to 255"),
        ("url: 'tcp://a:1', grpc: {service: a}", "grpc: only for grpc:// and grpcs://"),
        ("url: 'grpcs://a', grpc: {service: a, metadata: {b: c}}", "none"),
        ("url: 'grpcs://a', grpc: {metadata: {'bad name': c}}", "grpc.metadata.bad name: is no name of a header"),
        (
            "url: 'grpcs://a', grpc: {metadata: {b: \"a\\nb\"}}",
            "grpc.metadata.b: the value has a line break or another control character"
        ),
        ("url: http://a, client: {network: ip5}", "client.network: expected ip, ip4, ip6, prefer-ip4 or prefer-ip6"),
        ("url: http://a, client: {network: prefer-ip4}", "none"),
        ("url: http://a, client: {source-address: 127.0.0.1}", "client.source-address: not for HTTP and gRPC"),
        (
            "url: 'tcp://a:1', client: {source-address: here}",
            "client.source-address: expected an IPv4 or IPv6 address"
        ),
        ("url: 'tcp://a:1', client: {http-version: '2'}", "client.http-version: only for http:// and https://"),
        ("url: 'tcp://a:1', client: {max-redirects: 1}", "client.max-redirects: only for http:// and https://"),
        ("url: http://a, client: {http-version: 3}", "client.http-version: expected \"1.1\" or \"2\", in quotes"),
        ("url: 'tcp://a:1', client: {tls: {server-name: b}}", "client.tls.server-name: this check does not speak TLS"),
        ("url: 'tcp://a:1', steps: [{starttls: true}], client: {tls: {server-name: b}}", "none"),
        (
            "url: https://a, client: {tls: {min-version: TLS12}}",
            "client.tls.min-version: expected \"1.2\" or \"1.3\", in quotes"
        ),
        (
            "url: https://a, client: {tls: {min-version: '1.3', max-version: '1.2'}}",
            "client.tls.max-version: is older than the oldest allowed"
        ),
        (
            "url: https://a, client: {tls: {ca-file: /no/such}}",
            "client.tls.ca-file: /no/such cannot be read: No such file or directory"
        ),
        ("url: https://a, enabled: false, client: {tls: {ca-file: /no/such}}", "none"),
        (
            "url: a, dns: {query-name: b, query-type: A, query-class: X}",
            "dns.query-class: expected a class of records in capitals, such as IN or CH"
        ),
        ("url: a, dns: {query-name: b, query-type: A, transport: quic}", "dns.transport: expected udp, tcp or tls"),
        (
            "url: a, dns: {query-name: b, query-type: A, transprt: tcp}",
            "dns.transprt: unknown key, did you mean transport?"
        ),
        (
            "url: a, dns: {query-name: b, query-type: A}, expect: {rcode: NXDOMAN}",
            "expect.rcode: expected a response code such as NOERROR or NXDOMAIN"
        ),
        (
            "url: a, dns: {query-name: b, query-type: A}, expect: {answer: {all: [a]}}",
            "expect.answer.all: unknown key, expected one of none, every, any"
        ),
    ])
    func faults(keys: String, expected: String) {
        do throws(UptimeCheckerError) {
            _ = try endpoint(keys)
            #expect(expected == "none")
        } catch {
            #expect(expected != "none" && error.message.contains("line 1: endpoints[0](n).\(expected)"), "\(error)")
        }
    }

    /// Keys of an endpoint, and the beginning of its error; empty where it is up.
    private static let rows: [(keys: String, error: String)] = [
        ("url: 'http://{http}/status/201', expect: {status: [200, 201]}", ""),
        ("url: 'http://{http}/status/202', expect: {status: [200, 201]}", "its status is 202, expected 200, 201"),
        ("url: 'http://{http}/', expect: {http-version: '2'}", "it answered over HTTP/1.1, expected HTTP/2.0"),
        ("url: 'http://{http}/', expect: {tls: true}", "the answer did not come over TLS"),
        ("url: 'http://{http}/', expect: {tls: false, body-matches: latest, body-not-matches: error}", ""),
        ("url: 'http://{http}/', expect: {body-not-matches: latest}", "its body matches /latest/"),
        ("url: 'http://{http}/', expect: {body-matches: error}", "its body does not match /error/"),
        ("url: 'http://{http}/', expect: {body-limit: 32B}", "its body has more than the 32 bytes allowed"),
        ("url: 'http://{http}/many', expect: {header-matches: [{header: X-Part, regexp: two}]}", ""),
        (
            "url: 'http://{http}/many', expect: {header-not-matches: [{header: X-Part, regexp: two}]}",
            "its header X-Part matches /two/"
        ),
        (
            "url: 'http://{http}/', expect: {header-matches: [{header: X-Part, regexp: two}]}",
            "it has no header X-Part"
        ),
        ("url: 'http://{http}/redirect?/redirect?/', client: {max-redirects: 2}", ""),
        ("url: 'http://{http}/redirect?/redirect?/', client: {max-redirects: 1}", "127.0.0.1:"),
        ("url: 'http://localhost:{http:port}/', client: {network: prefer-ip6}", ""),
        ("url: 'http://localhost:{http:port}/', client: {network: ip6}", "connect to "),
        ("url: 'tcp://localhost:{ssh:port}', client: {network: ip6}", "connect to [::1]"),
        ("url: 'https://{https}/', client: {tls: {ca-file: '{authority}'}}", ""),
        ("url: 'https://{https}/'", "the certificate of"),
        ("url: 'https://{https-other}/', client: {tls: {ca-file: '{authority}', server-name: other.test}}", ""),
        (
            "url: 'https://{https-12}/', client: {tls: {ca-file: '{authority}', min-version: '1.3'}}",
            "TLS handshake with"
        ),
        (
            "url: 'https://{https-13}/', client: {tls: {ca-file: '{authority}', max-version: '1.2'}}",
            "TLS handshake with"
        ),
        ("url: 'tls://{https-12}', client: {tls: {ca-file: '{authority}', min-version: '1.3'}}", "TLS handshake with"),
        ("url: 'tls://{https-12}', client: {tls: {ca-file: '{authority}', max-version: '1.2'}}", ""),
        ("url: 'tcp://{ssh}', steps: [{expect: '^SSH-2'}]", ""),
        (
            "url: 'tcp://{farewell}', steps: [{expect: '^SSH-2'}]",
            #"step 1: the server closed the connection without a line that matches /^SSH-2/; its last line was "no line"#
        ),
        (
            "url: 'tcp://{quiet}', client: {timeout: 200ms}, steps: [{expect: '^SSH-2'}]",
            "step 1: the server sent no line that matches /^SSH-2/ within 200 ms; it sent no line"
        ),
        (
            "url: 'tcp://{farewell}', steps: [{expect-bytes: no li}, {expect-bytes: xx}]",
            "step 2: the server sent the bytes 6e65, expected 7878"
        ),
        ("url: 'tcp://{ssh}', client: {source-address: 192.0.2.1}", "cannot send from the address 192.0.2.1"),
        ("url: '{dns-udp}', dns: {query-name: recursive.test, query-type: A}, expect: {rcode: NOERROR}", ""),
        (
            "url: '{dns-udp}', dns: {query-name: recursive.test, query-type: A, recursion: false}, expect: {rcode: NOERROR}",
            "its response code is REFUSED, expected NOERROR"
        ),
        (
            "url: '{dns-tcp}', dns: {query-name: www.test, query-type: A, transport: tcp}, expect: {answer: {any: 127}}",
            ""
        ),
        (
            "url: '{dns-udp}', dns: {query-name: www.test, query-type: A}, expect: {answer: {none: 127}}",
            "the record "
        ),
        ("url: '{dns-udp}', dns: {query-name: ns.test, query-type: A}, expect: {authority: {every: NS}}", ""),
        (
            "url: '{dns-udp}', dns: {query-name: ns.test, query-type: A}, expect: {additional: {any: AAAA}}",
            "no record of the additional section matches /AAAA/"
        ),
        (
            "url: '{dns-tls}', dns: {query-name: www.test, query-type: A, transport: tls}, "
                + "client: {tls: {ca-file: '{authority}'}}", ""
        ),
    ]

    @Test func effects() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let servers = try ProbeServers(in: folder)
            try await CheckBench.run { bench in
                for (keys, error) in Self.rows {
                    let endpoint = try #require(try endpoint(servers.filled(keys)))
                    let observation = await bench.observe(endpoint)
                    let errors = observation.errors
                    #expect(
                        error.isEmpty ? errors.isEmpty : errors.first?.hasPrefix(error) ?? false, "\(keys): \(errors)")
                    #expect(observation.isConnected || !errors.isEmpty, "\(keys)")
                }
            }
        }
    }

    @Test("an answer that is truncated is asked for again by TCP, also with keys that Gatus does not have")
    func truncatedAnswers() async throws {
        let server = try NameServer { _ in .truncated(["6.6.6.6"]) }
        try await CheckBench.run { bench in
            for keys in ["", ", recursion: false", ", transport: udp"] {
                let keys =
                    "url: '127.0.0.1:\(server.port)', dns: {query-name: www.test, query-type: A\(keys)}, "
                    + "expect: {answer: {none: ['6[.]6']}}"
                let observation = await bench.observe(try #require(try endpoint(keys)))
                #expect(observation.errors.first?.contains("matches /6[.]6/") == true, "\(observation.errors)")
            }
            let file = "modules: {m: {prober: dns, dns: {query_name: www.test, query_type: A}}}"
            let module = try UptimeConfiguration(
                blackbox: Array(file.utf8), module: "m", targets: ["127.0.0.1:\(server.port)"], environment: [:])
            let observation = await bench.observe(module.endpoints[0])
            #expect(observation.errors == [])
            #expect(observation.notes == ["the answer is truncated: what was left out of it is not compared"])
        }
        #expect(server.questions.map(\.isTCP) == [false, true, false, true, false, true, false])
    }

    @Test("expressions read as much of a body as conditions do, and blackbox_exporter's modules more")
    func bodyLimits() async throws {
        let body = String(repeating: "x", count: 2 << 20) + "end"
        let site = try ScriptedServer { _ in .http(200, body: body) }
        try await CheckBench.run { bench in
            for (keys, error) in [
                (
                    "body-matches: end",
                    "its body has more than 1048576 bytes, and no more are compared with expressions: "
                        + "say in `body-limit` how long it may be"
                ),
                ("body-matches: end, body-limit: 3MB", nil), ("status: 200", nil),
            ] {
                let endpoint = try #require(try endpoint("url: '\(site.url)/', expect: {\(keys)}"))
                let observation = await bench.observe(endpoint)
                #expect(observation.errors == [error].compactMap(\.self), "\(keys)")
            }
            for (keys, error) in [
                ("fail_if_body_not_matches_regexp: [end]", nil),
                (
                    "compression: identity, body_size_limit: 1MB, fail_if_body_matches_regexp: [start]",
                    "its body has more than the 1048576 bytes allowed"
                ),
            ] {
                let file = "modules: {m: {prober: http, http: {\(keys)}}}"
                let module = try UptimeConfiguration(
                    blackbox: Array(file.utf8), module: "m", targets: [site.url], environment: [:])
                let observation = await bench.observe(module.endpoints[0])
                #expect(observation.errors == [error].compactMap(\.self), "\(keys)")
            }
        }
    }

    @Test(
        "labels are captured, and gRPC's health is the body", .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func capturesAndHealth() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let servers = try ProbeServers(in: folder)
            try await CheckBench.run { bench in
                let steps = "steps: [{expect: '^SSH-2.0-([^ -]+)(?: (.*))?$$', labels: {v: '$${1}', rest: '$$2'}}]"
                let ssh = await bench.observe(
                    try #require(try endpoint(servers.filled("url: 'tcp://{ssh}', \(steps)"))))
                #expect(ssh.captures.map { "\($0.name)=\($0.value)" } == ["v=OpenSSH_9.2p1", "rest=Debian-2"])
                for (keys, connected, status) in [
                    ("url: 'grpc://{grpc}'", true, "SERVING"),
                    ("url: 'grpc://{grpc}', grpc: {service: down}", true, "NOT_SERVING"),
                    ("url: 'grpc://{grpc}', grpc: {service: none}", false, ""),
                    ("url: 'grpcs://{grpcs}', client: {tls: {ca-file: '{authority}'}}", true, "SERVING"),
                    ("url: 'grpcs://{grpcs}', client: {insecure: true}", true, "SERVING"),
                    ("url: 'grpcs://{grpcs}'", false, ""), ("url: 'grpc://{http}'", false, ""),
                    ("url: 'grpc://{closed}'", false, ""),
                ] {
                    let observation = await bench.observe(try #require(try endpoint(servers.filled(keys))))
                    #expect(observation.isConnected == connected, "\(keys): \(observation.errors)")
                    #expect(observation.errors.isEmpty == connected, "\(keys): \(observation.errors)")
                    let body = status.isEmpty ? "" : "{\"status\":\"\(status)\"}"
                    #expect(String(decoding: observation.body, as: UTF8.self) == body)
                }
            }
        }
    }
}

@Suite struct GRPCHealthTests {
    /// Answers in the encoding of Protocol Buffers, and the status in them.
    @Test(
        arguments: [
            ([0, 0, 0, 0, 2, 8, 1], "SERVING"), ([0, 0, 0, 0, 0], "UNKNOWN"),
            ([0, 0, 0, 0, 2, 8, 3], "SERVICE_UNKNOWN"),
            ([0, 0, 0, 0, 2, 8, 9], "9"), ([0, 0, 0, 0, 6, 0x12, 2, 1, 2, 8, 2], "NOT_SERVING"), ([], nil), ([0], nil),
            ([0, 0, 0, 0, 3, 8, 1], nil), ([1, 0, 0, 0, 2, 8, 1], nil), ([0, 0, 0, 0, 1, 8], nil),
            ([0, 0, 0, 0, 2, 0x12, 9], nil), ([0, 0, 0, 0, 2, 0x0D, 1], nil),
        ] as [([UInt8], String?)])
    func answers(bytes: [UInt8], expected: String?) { #expect(GRPCHealth.serving(in: bytes) == expected) }

    @Test func requests() {
        #expect(GRPCHealth.request(service: "") == [0, 0, 0, 0, 0])
        #expect(GRPCHealth.request(service: "ab") == [0, 0, 0, 0, 4, 0x0A, 2, 0x61, 0x62])
        let long = GRPCHealth.request(service: String(repeating: "a", count: 300))
        #expect(long.prefix(8) == [0, 0, 0, 1, 47, 0x0A, 0xAC, 2])
    }
}
