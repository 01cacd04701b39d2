import JSON
import Testing
import Transport

@testable import UptimeChecker

@Suite struct EndpointTests {
    @Test(arguments: [
        ("true", true), ("True", true), ("on", true), ("On", true), ("yes", true), ("Y", true), ("false", false),
        ("NO", false),
        ("off", false), ("n", false), ("", true), ("~", true),
    ])
    func enabled(text: String, expected: Bool) throws {
        #expect(try endpoint("url: 'http://a', enabled: \(text)")?.isEnabled == expected)
    }

    @Test(
        arguments: [
            ("5m", .seconds(300)), ("1h30m", .seconds(5_400)), ("250ms", .milliseconds(250)),
            ("1.5s", .milliseconds(1_500)),
            ("2us", .microseconds(2)), ("0", .seconds(60)), ("0s", .seconds(60)), ("'90s'", .seconds(90)),
            ("+1m", .seconds(60)),
        ] as [(String, Duration)])
    func interval(text: String, expected: Duration) throws {
        // A plain 0 is a number, which Go does not take for a duration.
        let value = text == "0" ? "'0'" : text
        #expect(try endpoint("url: 'http://a', interval: \(value)")?.interval == expected)
    }

    @Test(arguments: [
        ("query-name: example.com, query-type: MX", "example.com.", "MX"),
        ("query-name: example.com., query-type: A", "example.com.", "A"),
        ("query-name: a.b, query-type: HTTPS", "a.b.", "TYPE65"),
        ("query-name: 192.0.2.1, query-type: PTR", "1.2.0.192.in-addr.arpa.", "PTR"),
        ("query-name: 1.2.0.192.in-addr.arpa, query-type: PTR", "1.2.0.192.in-addr.arpa.", "PTR"),
        (
            "query-name: '2001:db8::1', query-type: PTR",
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "PTR"
        ),
    ])
    func question(dns: String, name: String, type: String) throws {
        let expected = CheckTarget.dns(host: "8.8.8.8", port: 53, question: DNSQuestion(name: name, type: type))
        #expect(try endpoint("url: 8.8.8.8, dns: {\(dns)}")?.target == expected)
    }

    /// A question wins over the URL's scheme, as in Gatus, and headers that are there in any case are kept.
    @Test func headers() throws {
        let endpoint = try endpoint(
            "url: 'http://a', graphql: true, headers: {user-agent: me, content-type: x/y, A: 1, a: 2}")
        #expect(endpoint?.headers == ["user-agent": "me", "content-type": "x/y", "a": "2"])
    }

    @Test(arguments: [
        ("plain", false, "plain"), ("", false, ""),
        ("[ENDPOINT_NAME]/[ENDPOINT_GROUP] [ENDPOINT_URL]", false, "n/g tcp://a:1"),
        ("[ENDPOINT_NAME][ENDPOINT_NAME]", false, "nn"), ("[LOCAL_ADDRESS]", false, "192.0.2.1:5"),
        ("[OTHER]", false, "[OTHER]"),
        (
            "[RANDOM_STRING_3]-[RANDOM_STRING_0]-[RANDOM_STRING_]-[RANDOM_STRING_1", false,
            "FFF--[RANDOM_STRING_]-[RANDOM_STRING_1"
        ),
        ("{ a(b: \"[ENDPOINT_NAME]\") }", true, #"{"query":"{ a(b: \"n\") }"}"#), ("", true, #"{"query":""}"#),
    ])
    func body(text: String, isGraphQL: Bool, expected: String) {
        var endpoint = Endpoint(
            name: "n", group: "g", url: "tcp://a:1", target: .tcp(host: "a", port: 1), conditions: [])
        endpoint.body = text
        endpoint.isGraphQL = isGraphQL
        let sent = endpoint.sentBody(localAddress: "192.0.2.1:5") { 0.51 }
        #expect(String(decoding: sent, as: UTF8.self) == expected)
    }

    @Test(arguments: [("8192", 8_192), ("8193", 8_192), ("99999999999999999999", 8_192)])
    func longRandomString(digits: String, expected: Int) {
        var endpoint = Endpoint(name: "n", url: "tcp://a:1", target: .tcp(host: "a", port: 1), conditions: [])
        endpoint.body = "[RANDOM_STRING_\(digits)]"
        #expect(endpoint.sentBody { 0.999_999 } == Array(repeating: UInt8(ascii: "9"), count: expected))
    }
}
