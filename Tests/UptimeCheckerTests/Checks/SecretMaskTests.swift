import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// No message about a failed check contains a secret of its endpoint.
@Suite struct SecretMaskTests {
    private static let secrets = ["pass-word-1", "t0ken-two", "cookie-three", "proxy-four", "secret-five"]

    private static func endpoint(_ target: CheckTarget) throws -> Endpoint {
        try .of(target, "[BODY] == x") {
            $0.headers = ["Authorization": "Bearer t0ken-two", "Cookie": "cookie-three", "Accept": "text/plain"]
            $0.client.timeout = .milliseconds(500)
        }
    }

    /// Targets, with a password where the kind allows one.
    private static func targets(_ port: UInt16 = 0) -> [CheckTarget] {
        let secretly = "http://user:pass-word-1@"
        return [
            .http(url: "\(secretly)127.0.0.1:\(port)/"), .http(url: "\(secretly)127.0.0.1:1/"),
            .http(url: "\(secretly)no such host/"), .http(url: "\(secretly)169.254.169.254/"),
            .http(url: "https://user:pass-word-1@127.0.0.1:\(port)/"),
            .webSocket(url: "ws://user:pass-word-1@127.0.0.1:\(port)/"), .webSocket(url: "ws://127.0.0.1:\(port)/"),
            .webSocket(url: "ws:pass-word-1"),
        ]
    }

    private static let proxies = [nil, "http://u:proxy-four@127.0.0.1:1", "bad://u:proxy-four@x"]

    @Test(arguments: 0..<targets().count, proxies)
    func secretsAreInNoMessage(row: Int, proxy: String?) async throws {
        // Sends back all that it received.
        let server = try ScriptedServer(connection: { connection in
            try connection.send(Array("HTTP/1.1 ".utf8) + connection.read() + Array("\r\n\r\n".utf8))
        })
        let observation = try await CheckBench.run { bench in
            var endpoint = try Self.endpoint(Self.targets(server.port)[row])
            endpoint.client.proxyURL = proxy
            return await bench.observe(endpoint)
        }
        #expect(!observation.errors.isEmpty)
        let texts = observation.errors + observation.notes
        for secret in Self.secrets { #expect(!texts.contains { $0.contains(secret) }, "\(texts)") }
    }

    @Test func masksSecrets() throws {
        var endpoint = try Self.endpoint(.http(url: "https://user:pass-word-1@shop.example/"))
        endpoint.client.oauth2 = OAuth2Settings(
            tokenURL: "https://shop.example", clientID: "me", clientSecret: "secret-five", scopes: ["a"])
        let mask = SecretMask(of: endpoint)
        #expect(mask.masked("text/plain at shop.example") == "text/plain at shop.example")
        #expect(mask.masked("Bearer t0ken-two, t0ken-two; cookie-three!") == "***, ***; ***!")
        #expect(mask.masked("user:pass-word-1@x pass-word-1 secret-fivesecret-five") == "***@x *** ******")
        #expect(mask.masked("") == "")
    }

    /// A server may send back what it was sent.
    @Test func masksSecretsInConditions() throws {
        var endpoint = try Self.endpoint(.http(url: "http://user:pass-word-1@a/"))
        endpoint.url = "http://user:pass-word-1@a/?key=of-the-query"
        var observation = Observation()
        observation.token = "the-token"
        observation.body = Array("t0ken-two the-token dXNlcjpwYXNzLXdvcmQtMQ== of-the-query".utf8)
        let attempt = CheckAttempt(
            observation, of: endpoint, startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 1))
        #expect(attempt.conditions.map(\.text) == ["[BODY] (*** *** *** ***) == x"])
    }
}
