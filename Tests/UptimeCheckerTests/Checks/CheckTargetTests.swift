import Basics
import Testing

@testable import UptimeChecker

@Suite struct CheckTargetTests {
    @Test(
        arguments: [
            ("http://a", .http(url: "http://a")), ("https://a:8443/b", .http(url: "https://a:8443/b")),
            ("ws://a/x", .webSocket(url: "ws://a/x")), ("wss://[::1]:1", .webSocket(url: "wss://[::1]:1")),
            ("tcp://a:1", .tcp(host: "a", port: 1)), ("tcp://[::1]:65535", .tcp(host: "::1", port: 65_535)),
            ("udp://a:53", .udp(host: "a", port: 53)), ("tls://a:443", .tls(host: "a", port: 443)),
            ("starttls://smtp.example.com:587", .startTLS(host: "smtp.example.com", port: 587)),
            ("icmp://a", .icmp(host: "a")), ("icmp://::1", .icmp(host: "::1")), ("icmp://[::1]", .icmp(host: "::1")),
            ("ssh://a", .ssh(host: "a", port: 22)), ("ssh://a:2222", .ssh(host: "a", port: 2_222)),
            ("ssh://[::1]", .ssh(host: "::1", port: 22)),
            ("https://bücher.example/ä", .http(url: "https://xn--bcher-kva.example/ä")),
            ("tls://BÜCHER.example:443", .tls(host: "xn--bcher-kva.example", port: 443)),
        ] as [(String, CheckTarget)])
    func target(url: String, expected: CheckTarget) throws {
        #expect(try CheckTarget(url: url, question: nil) == expected)
    }

    @Test(
        arguments: [
            ("8.8.8.8", "8.8.8.8", 53), ("8.8.8.8:5353", "8.8.8.8", 5_353), ("dns.example.com", "dns.example.com", 53),
            ("2001:db8::1", "2001:db8::1", 53), ("[2001:db8::1]:54", "2001:db8::1", 54),
            ("[2001:db8::1]", "2001:db8::1", 53),
        ] as [(String, String, UInt16)])
    func nameServer(url: String, host: String, port: UInt16) throws {
        let question = DNSQuestion(name: "a.", type: "A")
        #expect(try CheckTarget(url: url, question: question) == .dns(host: host, port: port, question: question))
    }

    static let more = "has a user or path in it: expected only host:port"
    @Test(arguments: [
        ("example.com", "begins with no scheme, such as https:// or tcp://"),
        ("a:b", "begins with no scheme, such as https:// or tcp://"),
        ("https://ｂ.example/", "has a host after https:// whose letters have no fixed form: write it as xn--…"),
        ("http://", "has no host, or a wrong port"), ("http://a:0", "has no host, or a wrong port"),
        ("http://a:65536/", "has no host, or a wrong port"), ("wss://:1", "has no host, or a wrong port"),
        ("http://a b", "has a space or control character"), ("http://a\n", "has a space or control character"),
        ("tcp://a", "has no port: expected host:port"), ("tcp://::1", "has no port: expected host:port"),
        ("tcp://", "has no port: expected host:port"), ("tcp://[::1]", "has no port: expected host:port"),
        ("tcp://a:", "expected host:port, with a port from 1 to 65535"),
        ("tcp://:1", "expected host:port, with a port from 1 to 65535"),
        ("udp://a:0", "expected host:port, with a port from 1 to 65535"),
        ("tls://a:65536", "expected host:port, with a port from 1 to 65535"),
        ("tcp://a:1/x", more), ("ssh://me@a", more), ("udp://me:hush@a:1", more), ("tls://a:1?x", more),
        ("ws://me:hush@a", "has a user in it: use an Authorization header"),
        ("tcp://a:+1", "expected host:port, with a port from 1 to 65535"),
        ("ssh://", "has no port: expected host:port"), ("icmp://", "expected only a host after icmp://"),
        ("icmp://a/b", "expected only a host after icmp://"),
        ("sctp://a:1", "sctp:// is not supported"), ("grpc://a", "has no port: expected host:port"),
    ])
    func errors(url: String, expected: String) {
        let error = #expect(throws: TargetError.self) { try CheckTarget(url: url, question: nil) }
        #expect(error?.message == expected)
    }

    @Test(arguments: ["ftp://a", "HTTP://a", "://a"]) func unknownScheme(url: String) {
        let error = #expect(throws: TargetError.self) { try CheckTarget(url: url, question: nil) }
        let message = error?.message ?? ""
        #expect(message.hasPrefix("begins with an unknown scheme, expected http, https, ws, wss, tcp, "))
        #expect(message.contains(" or "))
    }
}

@Suite struct WebURLTests {
    @Test(arguments: [
        ("http://example.com", false, "example.com", UInt16(80), "/", "example.com"),
        ("HTTPS://Example.com:8443/a/b?c=d#e", true, "Example.com", 8443, "/a/b?c=d", "Example.com:8443"),
        ("ws://example.com?x=1", false, "example.com", 80, "/?x=1", "example.com"),
        ("wss://[::1]:443/", true, "::1", 443, "/", "[::1]"),
        ("ws://[fe80::1]", false, "fe80::1", 80, "/", "[fe80::1]"),
        ("http://u:p@h:1/@", false, "h", 1, "/@", "h:1"), ("http://u@p@h", false, "h", 80, "/", "h"),
        ("http://h:/", false, "h", 80, "/", "h"),
    ])
    func parts(_ url: String, isSecure: Bool, host: String, port: UInt16, target: String, header: String) throws {
        let parsed = try #require(WebURL(url))
        #expect(parsed.isSecure == isSecure && parsed.host == host && parsed.port == port)
        #expect(parsed.target == target && parsed.hostHeader == header)
    }

    @Test(arguments: [
        "", "example.com", "ftp://example.com", "http:/example.com", "http://", "http://h:0", "http://h:65536",
        "http://h:x", "http://u@", "://h", "http://[::1",
    ])
    func otherTexts(_ url: String) {
        #expect(WebURL(url) == nil)
    }
}
