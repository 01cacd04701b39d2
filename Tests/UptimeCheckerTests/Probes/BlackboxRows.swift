import Foundation

/// A module of blackbox_exporter, a target and whether the probe succeeds; `{name}` is a server of `ProbeServers`.
struct BlackboxRow: Sendable {
    /// The module's YAML in flow style.
    let module: String
    let target: String
    let succeeds: Bool
    /// Whether Debian's blackbox_exporter, which is of 2022, knows the options.
    var isNewer = false

    init(_ module: String, _ target: String, _ succeeds: Bool, isNewer: Bool = false) {
        (self.module, self.target, self.succeeds, self.isNewer) = (module, target, succeeds, isNewer)
    }
}

extension BlackboxRow {
    private static func http(_ options: String = "") -> String {
        "{prober: http, timeout: 3s, http: {preferred_ip_protocol: ip4\(options.isEmpty ? "" : ", " + options)}}"
    }

    private static func secure(_ options: String = "", tls: String = "") -> String {
        http(
            "tls_config: {ca_file: '{authority}'\(tls.isEmpty ? "" : ", " + tls)}\(options.isEmpty ? "" : ", " + options)"
        )
    }

    private static func tcp(_ options: String = "", timeout: String = "3s") -> String {
        "{prober: tcp, timeout: \(timeout), tcp: {preferred_ip_protocol: ip4\(options.isEmpty ? "" : ", " + options)}}"
    }

    private static func dns(_ name: String, _ options: String = "") -> String {
        "{prober: dns, timeout: 3s, dns: {preferred_ip_protocol: ip4, query_name: \(name)"
            + "\(options.isEmpty ? "" : ", " + options)}}"
    }

    private static func grpc(_ options: String = "") -> String {
        "{prober: grpc, timeout: 3s, grpc: {preferred_ip_protocol: ip4\(options.isEmpty ? "" : ", " + options)}}"
    }

    static let http: [BlackboxRow] = [
        .init(http(), "http://{http}/", true), .init(http(), "{http}/", true),
        .init(http(), "HTTP://{http}/", true, isNewer: true),
        .init(http(), "http://{closed}/", false), .init(http(), "http://{http}/silent", false),
        .init("{prober: http, timeout: 3s, http: {}}", "http://{http}/", true),
        .init("{prober: http, timeout: 3s}", "http://{http}/", true),
        // Statuses.
        .init(http(), "http://{http}/status/204", true), .init(http(), "http://{http}/status/299", true),
        .init(http(), "http://{http}/status/300", false), .init(http(), "http://{http}/status/404", false),
        .init(http("valid_status_codes: [404, 500]"), "http://{http}/status/404", true),
        .init(http("valid_status_codes: [404, 500]"), "http://{http}/status/200", false),
        .init(http("valid_status_codes: []"), "http://{http}/status/200", true),
        // Versions.
        .init(http("valid_http_versions: ['HTTP/1.1', 'HTTP/2.0']"), "http://{http}/", true),
        .init(http("valid_http_versions: ['HTTP/2.0']"), "http://{http}/", false),
        .init(http("valid_http_versions: ['HTTP/1.0']"), "http://{http}/old", true),
        .init(http("valid_http_versions: ['HTTP/1.1']"), "http://{http}/old", false),
        .init(secure("valid_http_versions: ['HTTP/1.1']"), "https://{https-h1}/", true),
        .init(secure("valid_http_versions: ['HTTP/2.0']"), "https://{https-h1}/", false),
        // Redirects.
        .init(http(), "http://{http}/redirect?/status/200", true),
        .init(http(), "http://{http}/redirect?/status/500", false),
        .init(http(), "http://{http}/redirect?/redirect?/status/200", true),
        .init(http("follow_redirects: false"), "http://{http}/redirect?/status/200", false),
        .init(http("no_follow_redirects: true"), "http://{http}/redirect?/status/200", false),
        .init(http("follow_redirects: false, valid_status_codes: [302]"), "http://{http}/redirect?/", true),
        .init(http(), "http://{http}/redirect?/redirect", false),
        // TLS or not.
        .init(http("fail_if_ssl: true"), "http://{http}/", true),
        .init(http("fail_if_not_ssl: true"), "http://{http}/", false),
        .init(secure("fail_if_ssl: true"), "https://{https}/", false),
        .init(secure("fail_if_not_ssl: true"), "https://{https}/", true),
        .init(secure("fail_if_not_ssl: true"), "http://{http}/redirect?https://{https}/", true),
        .init(secure("fail_if_not_ssl: true"), "https://{https}/redirect?http://{http}/", false),
        .init(secure("fail_if_ssl: true"), "https://{https}/redirect?http://{http}/", true),
        // Bodies.
        .init(http("fail_if_body_matches_regexp: ['Could not connect']"), "http://{http}/", true),
        .init(http("fail_if_body_matches_regexp: ['latest version']"), "http://{http}/", false),
        .init(http("fail_if_body_not_matches_regexp: ['latest version']"), "http://{http}/", true),
        .init(http("fail_if_body_not_matches_regexp: ['latest', 'missing']"), "http://{http}/", false),
        .init(http("fail_if_body_not_matches_regexp: ['here$']"), "http://{http}/", false),
        .init(http("fail_if_body_not_matches_regexp: ['(?m)here$']"), "http://{http}/", true),
        .init(http("fail_if_body_not_matches_regexp: ['^+Download']"), "http://{http}/", true),
        .init(http("fail_if_body_not_matches_regexp: ['(?i)DOWNLOAD']"), "http://{http}/", true),
        .init(http("body_size_limit: 33B"), "http://{http}/", true),
        .init(http("body_size_limit: 32B"), "http://{http}/", false),
        .init(http("body_size_limit: 1MB"), "http://{http}/large?1048576", true),
        .init(http("body_size_limit: 1MB"), "http://{http}/large?1048577", false),
        .init(http(), "http://{http}/large?3000000", true), .init(http(), "http://{http}/short", false),
        .init(http("fail_if_body_not_matches_regexp: ['^x+$']"), "http://{http}/large?3000000", true),
        .init(http("compression: gzip"), "http://{http}/gzip", true),
        .init(http("compression: gzip"), "http://{http}/", false),
        .init(http("compression: gzip, fail_if_body_not_matches_regexp: [latest]"), "http://{http}/gzip", true),
        .init(http("fail_if_body_not_matches_regexp: [latest]"), "http://{http}/gzip", false),
        .init(http("compression: gzip, headers: {Accept-Encoding: 'br, gzip;q=0.5'}"), "http://{http}/gzip", true),
        .init(http("compression: deflate, fail_if_body_not_matches_regexp: [latest]"), "http://{http}/deflate", true),
        .init(http("compression: deflate"), "http://{http}/gzip", false),
        .init(http("compression: identity"), "http://{http}/", true),
        .init(http("compression: gzip, body_size_limit: 32B"), "http://{http}/gzip", false),
        .init(http("compression: gzip, body_size_limit: 33B"), "http://{http}/gzip", true),
        // Header fields.
        .init(
            http("fail_if_header_matches: [{header: Set-Cookie, allow_missing: true, regexp: '.*'}]"), "{http}/", true),
        .init(
            http("fail_if_header_matches: [{header: Set-Cookie, allow_missing: true, regexp: '.*'}]"), "{http}/cookie",
            false),
        .init(http("fail_if_header_matches: [{header: Set-Cookie, regexp: '.*'}]"), "{http}/", false),
        .init(
            http(#"fail_if_header_not_matches: [{header: access-control-allow-origin, regexp: '(\*|example\.com)'}]"#),
            "{http}/open", true),
        .init(
            http(#"fail_if_header_not_matches: [{header: Access-Control-Allow-Origin, regexp: 'example\.com'}]"#),
            "{http}/open", false),
        .init(http("fail_if_header_not_matches: [{header: X-None, regexp: a}]"), "{http}/", false),
        .init(http("fail_if_header_not_matches: [{header: X-None, regexp: a, allow_missing: true}]"), "{http}/", true),
        .init(http("fail_if_header_not_matches: [{header: X-Part, regexp: two}]"), "{http}/many", true),
        .init(http("fail_if_header_matches: [{header: X-Part, regexp: two}]"), "{http}/many", false),
        // What is sent.
        .init(http("method: POST, headers: {Content-Type: application/json}, body: '{}'"), "{http}/post", true),
        .init(http("method: POST"), "{http}/post", false), .init(http("method: HEAD"), "{http}/", true),
        .init(http("headers: {Host: vhost.test}"), "http://{http}/host?vhost.test", true),
        .init(http("headers: {Host: vhost.test}"), "http://{http}/host?{http}", false),
        .init(http(), "http://{http}/host?{http}", true),
        .init(http("headers: {X-A: b}, fail_if_body_not_matches_regexp: ['\"x-a\": \"b\"']"), "{http}/echo", true),
        .init(http("fail_if_body_matches_regexp: [accept-encoding]"), "{http}/echo", true),
        .init(http("basic_auth: {username: username, password: mysecret}"), "{http}/basic", true),
        .init(http("basic_auth: {username: username, password: wrong}"), "{http}/basic", false),
        .init(http("authorization: {credentials: hush-hush}"), "{http}/bearer", true),
        .init(http("authorization: {type: Token, credentials: hush-hush}"), "{http}/bearer", false),
        .init(http("bearer_token: hush-hush"), "{http}/bearer", true),
        .init(
            http(
                "oauth2: {client_id: me, client_secret: s, token_url: 'http://{http}/token', "
                    + "endpoint_params: {grant_type: client_credentials}}"), "{http}/bearer", true),
        .init(
            http("http_headers: {X-A: {values: [b]}}, fail_if_body_not_matches_regexp: ['\"x-a\": \"b\"']"),
            "{http}/echo", true, isNewer: true),
        // Addresses.
        .init("{prober: http, timeout: 3s, http: {ip_protocol_fallback: false}}", "http://{http}/", false),
        .init(http("ip_protocol_fallback: false"), "http://{http}/", true),
        .init(http(), "http://localhost:{http:port}/", true),
        .init(http(), "http://no-such-host.invalid/", false),
        .init(http("proxy_url: 'http://{closed}'"), "http://{http}/", false),
    ]

    static let tls: [BlackboxRow] = [
        .init(http(), "https://{https}/", false), .init(secure(), "https://{https}/", true),
        .init(secure(), "https://{https-expired}/", false), .init(secure(), "https://{https-other}/", false),
        .init(secure(), "https://{http}/", false), .init(secure(), "https://{https-mutual}/", false),
        .init(secure(tls: "insecure_skip_verify: true"), "https://{https-expired}/", true),
        .init(http("tls_config: {insecure_skip_verify: true}"), "https://{https-other}/", true),
        .init(secure(tls: "server_name: other.test"), "https://{https-other}/", true),
        .init(secure(tls: "server_name: another.test"), "https://{https-other}/", false),
        .init(secure("headers: {Host: other.test}"), "https://{https-other}/host?other.test", true),
        .init(secure(tls: "server_name: other.test"), "https://{https-other}/redirect?/status/200", true),
        .init(secure(tls: "server_name: other.test"), "https://{https-other}/redirect?/status/500", false),
        .init(secure(tls: "server_name: other.test"), "https://{https-other}/redirect?https://{https}/", true),
        .init(secure(tls: "min_version: TLS12"), "https://{https-12}/", true),
        .init(secure(tls: "min_version: TLS13"), "https://{https-12}/", false),
        .init(secure(tls: "min_version: TLS13"), "https://{https-13}/", true),
        .init(secure(tls: "max_version: TLS12"), "https://{https-13}/", false, isNewer: true),
        .init(secure(tls: "max_version: TLS12"), "https://{https-12}/", true, isNewer: true),
        .init(tcp("tls: true, tls_config: {ca_file: '{authority}'}"), "{https}", true),
        .init(tcp("tls: true"), "{https}", false), .init(tcp("tls: true", timeout: "1s"), "{http}", false),
        .init(tcp("tls: true, tls_config: {ca_file: '{authority}'}"), "{https-expired}", false),
        .init(tcp("tls: true, tls_config: {ca_file: '{authority}', min_version: TLS13}"), "{https-12}", false),
        .init(tcp("tls: true, tls_config: {ca_file: '{authority}', server_name: other.test}"), "{https-other}", true),
        .init(tcp("tls: true, tls_config: {insecure_skip_verify: true}"), "{https-other}", true),
    ]

    static let tcp: [BlackboxRow] = [
        .init(tcp(), "{ssh}", true), .init(tcp(), "{closed}", false),
        .init("{prober: tcp, timeout: 3s}", "{ssh}", true),
        .init(tcp("source_ip_address: 127.0.0.1"), "{ssh}", true),
        .init(tcp("source_ip_address: 192.0.2.1"), "{ssh}", false),
        .init(tcp("query_response: [{expect: '^SSH-2.0-'}, {send: SSH-2.0-blackbox-ssh-check}]"), "{ssh}", true),
        .init(tcp("query_response: [{expect: '^SSH-1'}]", timeout: "1s"), "{ssh}", false),
        .init(tcp("query_response: [{expect: '^SSH'}]", timeout: "1s"), "{quiet}", false),
        .init(tcp("query_response: [{expect: '^no line end$'}]"), "{farewell}", true),
        .init(tcp("query_response: [{expect: '^something else$'}]"), "{farewell}", false),
        .init(
            tcp(
                "query_response: [{send: NICK prober}, {send: 'USER prober prober prober :prober'}, "
                    + "{expect: 'PING :([^ ]+)', send: 'PONG ${1}'}, {expect: '^:[^ ]+ 001'}]"), "{irc}", true),
        .init(
            tcp(
                "query_response: [{send: NICK prober}, {send: USER prober}, "
                    + "{expect: 'PING :([^ ]+)', send: 'PONG $1x'}, {expect: '^:[^ ]+ 001'}]", timeout: "1s"), "{irc}",
            false),
        .init(
            tcp(
                #"query_response: [{expect: '^220 ([^ ]+) ESMTP (.+)$'}, {send: "EHLO prober\r"}, "#
                    + #"{expect: '^250-STARTTLS'}, {send: "STARTTLS\r"}, {expect: '^220'}, {starttls: true}, "#
                    + #"{send: "EHLO prober\r"}, {expect: '^250-AUTH'}, {send: "QUIT\r"}], "#
                    + "tls_config: {ca_file: '{authority}'}"), "{smtp}", true),
        .init(
            tcp(
                #"query_response: [{expect: '^220'}, {send: "STARTTLS\r"}, {expect: '^220'}, {starttls: true}]"#),
            "{smtp}", false),
        .init(
            tcp(
                "query_response: [{expect: 'OK.*STARTTLS'}, {send: '. STARTTLS'}, {expect: OK}, {starttls: true}, "
                    + "{send: '. capability'}, {expect: CAPABILITY IMAP4rev1}], tls_config: {ca_file: '{authority}'}"),
            "{imap}", true),
        .init(
            tcp(#"query_response: [{expect: '^\+OK'}], tls: true, tls_config: {ca_file: '{authority}'}"#), "{pop3s}",
            true),
        // The module that blackbox_exporter ships: the plus sign repeats the start of the line, and never matches.
        .init(
            tcp(
                "query_response: [{expect: '^+OK'}], tls: true, tls_config: {ca_file: '{authority}'}", timeout: "1s"),
            "{pop3s}", false),
        .init(
            tcp(
                #"query_response: [{send: "HELO\r"}, {send: "\r"}, {send: "\r"}, {send: "\r"}, {expect: AMQP}], "#
                    + "tls: true, tls_config: {ca_file: '{authority}'}"), "{rabbit}", true),
        .init(
            tcp(
                "query_response: [{send: !!binary AAAACATSFi8=}, {expect_bytes: S}, {starttls: true}], "
                    + "tls_config: {ca_file: '{authority}'}"), "{postgres}", true, isNewer: true),
        .init(
            tcp("query_response: [{send: !!binary AAAACATSFi8=}, {expect_bytes: N}]"), "{postgres}", false,
            isNewer: true),
    ]

    static let dns: [BlackboxRow] = [
        .init(dns("www.test", "query_type: A"), "{dns-udp}", true), .init(dns("www.test"), "{dns-udp}", true),
        .init(dns("no.test", "query_type: A"), "{dns-udp}", false),
        .init(dns("broken.test", "query_type: A"), "{dns-udp}", false),
        .init(dns("no.test", "valid_rcodes: [NXDOMAIN]"), "{dns-udp}", true),
        .init(dns("www.test", "valid_rcodes: [NXDOMAIN, SERVFAIL]"), "{dns-udp}", false),
        .init(dns("www.test", "query_type: A"), "{closed}", false),
        .init(dns("www.test", "transport_protocol: tcp"), "{dns-tcp}", true),
        .init(
            dns("www.test", "transport_protocol: tcp, dns_over_tls: true, tls_config: {ca_file: '{authority}'}"),
            "{dns-tls}", true),
        .init(dns("www.test", "transport_protocol: tcp, dns_over_tls: true"), "{dns-tls}", false),
        .init(dns("recursive.test"), "{dns-udp}", true),
        .init(dns("recursive.test", "recursion_desired: false"), "{dns-udp}", false),
        .init(dns("chaos.test", "query_class: CH, query_type: TXT"), "{dns-udp}", true),
        .init(dns("chaos.test", "query_type: TXT"), "{dns-udp}", false),
        .init(dns("www.test", "source_ip_address: 127.0.0.1"), "{dns-udp}", true),
        .init(dns("www.test", "source_ip_address: 192.0.2.1"), "{dns-udp}", false),
        // The answer.
        .init(
            answer("www.test", #"fail_if_not_matches_regexp: ["^www.test.\t300\tIN\tA\t127.0.0.1$"]"#), "{dns-udp}",
            true),
        .init(answer("two.test", #"fail_if_not_matches_regexp: ["\t127.0.0.1$"]"#), "{dns-udp}", false),
        .init(answer("empty.test", "fail_if_not_matches_regexp: [a]"), "{dns-udp}", false),
        .init(answer("www.test", #"fail_if_matches_regexp: [".*127.0.0.1"]"#), "{dns-udp}", false),
        .init(answer("www.test", #"fail_if_matches_regexp: [".*127.0.0.2"]"#), "{dns-udp}", true),
        .init(answer("empty.test", "fail_if_matches_regexp: [a]"), "{dns-udp}", true),
        .init(answer("two.test", #"fail_if_none_matches_regexp: ["192.0.2.1"]"#), "{dns-udp}", true),
        .init(answer("two.test", #"fail_if_none_matches_regexp: ["192.0.2.2"]"#), "{dns-udp}", false),
        .init(answer("empty.test", "fail_if_none_matches_regexp: [a]"), "{dns-udp}", false),
        .init(answer("two.test", "fail_if_all_match_regexp: [two]"), "{dns-udp}", true),
        .init(answer("two.test", #"fail_if_all_match_regexp: ["127.0.0.1"]"#), "{dns-udp}", false),
        .init(answer("empty.test", "fail_if_all_match_regexp: [a]"), "{dns-udp}", true),
        .init(
            answer("soa.test", only("soa.test.\t300\tIN\tSOA\tns.test. me.test. 7 1 2 3 4"), "SOA"), "{dns-udp}", true),
        .init(answer("txt.test", only(##"txt.test.\t300\tIN\tTXT\t"a \\\\"b" "c""##), "TXT"), "{dns-udp}", true),
        .init(answer("mx.test", only("mx.test.\t300\tIN\tMX\t10 mail.test."), "MX"), "{dns-udp}", true),
        .init(answer("srv.test", only("srv.test.\t300\tIN\tSRV\t1 2 443 a.test."), "SRV"), "{dns-udp}", true),
        .init(answer("caa.test", only(#"caa.test.\t300\tIN\tCAA\t0 issue "ca.test""#), "CAA"), "{dns-udp}", true),
        .init(
            answer("odd.test", only(##"odd.test.\t300\tCLASS1\tTYPE65280\t\\\\# 2 0102"##), "ANY"), "{dns-udp}", true),
        // The other sections.
        .init(
            dns(
                "ns.test", #"validate_authority_rrs: {fail_if_not_matches_regexp: ["^test.\t300\tIN\tNS\tns.test.$"]}"#),
            "{dns-udp}", true),
        .init(dns("ns.test", "validate_authority_rrs: {fail_if_matches_regexp: [ns.test]}"), "{dns-udp}", false),
        .init(dns("ns.test", "validate_additional_rrs: {fail_if_matches_regexp: ['192.0.2.53']}"), "{dns-udp}", false),
        .init(
            dns("ns.test", "validate_additional_rrs: {fail_if_none_matches_regexp: ['192.0.2.53']}"), "{dns-udp}", true),
        .init(dns("www.test", "validate_additional_rrs: {fail_if_none_matches_regexp: ['.']}"), "{dns-udp}", false),
    ]

    private static let grpcURL = "https://{grpcs}/grpc.health.v1.Health/Check"
    private static let grpcRequest =
        "method: POST, headers: {Content-Type: application/grpc, TE: trailers}, body: !!binary AAAAAAA="

    private static func answer(_ name: String, _ rule: String, _ type: String = "A") -> String {
        dns(name, "query_type: \(type), validate_answer_rrs: {\(rule)}")
    }

    /// The rule that every record is this line, whose special characters are quoted for the expression.
    private static func only(_ text: String) -> String {
        let quoted = text.replacingOccurrences(of: "\"", with: "\\\"")
        return "fail_if_not_matches_regexp: [\"^\(quoted)$\"]"
    }

    static let icmp: [BlackboxRow] = [
        .init("{prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4}}", "127.0.0.1", true),
        .init("{prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4, payload_size: 1000}}", "127.0.0.1", true),
        .init("{prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4, payload_size: 3}}", "127.0.0.1", true),
        .init("{prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4, ttl: 5}}", "127.0.0.1", true),
        .init(
            "{prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4, dont_fragment: true}}", "127.0.0.1", true),
        .init(
            "{prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4, source_ip_address: 127.0.0.1}}",
            "127.0.0.1",
            true),
        .init(
            "{prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4, source_ip_address: 192.0.2.1}}",
            "127.0.0.1",
            false),
        .init("{prober: icmp, timeout: 2s, icmp: {ip_protocol_fallback: false}}", "127.0.0.1", false),
    ]

    static let unix: [BlackboxRow] = [
        .init(unix("[{send: PING}, {expect: PONG}]"), "{folder}/ping.sock", true, isNewer: true),
        .init(unix("[{send: PING}, {expect: PING}]"), "{folder}/ping.sock", false, isNewer: true),
        .init(unix("[]"), "{folder}/none.sock", false, isNewer: true),
        .init(unix("[]"), "{folder}/good.pem", false, isNewer: true),
    ]

    private static func unix(_ steps: String) -> String {
        "{prober: unix, timeout: 1s, unix: {query_response: \(steps)}}"
    }

    static let grpc: [BlackboxRow] = [
        .init(grpc(), "{grpc}", true), .init(grpc("service: ''"), "{grpc}", true), .init(grpc(), "http://{grpc}", true),
        .init(grpc("service: down"), "{grpc}", false), .init(grpc("service: unknown"), "{grpc}", false),
        .init(grpc("service: none"), "{grpc}", false), .init(grpc(), "{grpc-empty}", false),
        .init(grpc("service: secret"), "{grpc}", false),
        .init(grpc("service: secret, metadata: {x-token: [hush-hush]}"), "{grpc}", true, isNewer: true),
        .init(grpc("tls: true, tls_config: {ca_file: '{authority}'}"), "{grpcs}", true),
        .init(grpc("tls: true, tls_config: {ca_file: '{authority}'}"), "{grpc}", false),
        .init(grpc("tls: true, tls_config: {ca_file: '{authority}'}"), "{https-h1}", false),
        // The only server here that speaks HTTP/2, and it alone.
        .init(secure("valid_http_versions: ['HTTP/2.0'], \(grpcRequest)"), grpcURL, true),
        .init(secure("enable_http2: false, \(grpcRequest)"), grpcURL, false),
    ]
}
