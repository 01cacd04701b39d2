import Basics
import Testing

@testable import UptimeChecker

@Suite struct URLArgumentTests {
    /// What a URL without conditions has to answer.
    @Test(arguments: [
        ("example.org", "https://example.org", ["[STATUS] < 400", "[CERTIFICATE_EXPIRATION] > 168h"]),
        ("http://example.org/a", "http://example.org/a", ["[STATUS] < 400"]),
        ("tcp://example.org:1", "tcp://example.org:1", ["[CONNECTED] == true"]),
        ("tls://example.org:1", "tls://example.org:1", ["[CONNECTED] == true", "[CERTIFICATE_EXPIRATION] > 168h"]),
        ("localhost:8443", "https://localhost:8443", ["[STATUS] < 400", "[CERTIFICATE_EXPIRATION] > 168h"]),
        (
            "grpcs://example.org", "grpcs://example.org",
            ["[CONNECTED] == true", "[BODY].status == SERVING", "[CERTIFICATE_EXPIRATION] > 168h"]
        ),
    ])
    func conditions(argument: String, url: String, expected: [String]) throws {
        let endpoint = try #require(UptimeConfiguration(arguments: [argument], conditions: []).endpoints.first)
        #expect(endpoint.url == url)
        #expect(endpoint.name == argument)
        #expect(endpoint.conditions.map(\.text) == expected)
    }

    @Test func ownConditions() throws {
        let file = try UptimeConfiguration(arguments: ["a.test", "http://b.test"], conditions: ["[STATUS] == 204"])
        #expect(file.endpoints.map { $0.conditions.map(\.text) } == [["[STATUS] == 204"], ["[STATUS] == 204"]])
    }

    @Test("a value of a suite is none of a URL's") func contextOfSuites() {
        let error = #expect(throws: UptimeCheckerError.self) {
            try UptimeConfiguration(arguments: ["a.test"], conditions: ["[STATUS] == 200", "[STATUS] != [CONTEXT].x"])
        }
        #expect(
            error?.message == "the condition \"[STATUS] != [CONTEXT].x\": [CONTEXT] is for the endpoints of suites: "
                + "write the value itself")
    }

    @Test("every wrong URL and condition is named, without secrets") func faults() {
        let error = #expect(throws: UptimeCheckerError.self) {
            try UptimeConfiguration(
                arguments: ["tcp://me:hush@a.test", "ftp://b.test", "c.test"], conditions: ["[STATUS] == 2xx"])
        }
        let message = error?.message ?? ""
        #expect(message.hasPrefix("the condition \"[STATUS] == 2xx\": "))
        #expect(message.contains("\nthe URL tcp://a.test has a user or path in it: expected only host:port\n"))
        #expect(message.contains("\nthe URL ftp://b.test begins with an unknown scheme"))
        #expect(!message.contains("hush") && !message.contains("c.test"))
    }
}
