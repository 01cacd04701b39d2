import Testing

@testable import UptimeChecker

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
        "http://h:x", "http://u@", "://h",
    ])
    func others(_ url: String) {
        #expect(WebURL(url) == nil)
    }
}
