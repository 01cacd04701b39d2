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
        #expect(mask.masked("user:pass-word-1@x pass-word-1 secret-fivesecret-five") == "***@x *** ***")
        #expect(mask.masked("") == "")
    }

    /// What a server can make of `Authorization: Bearer pw/"é-9_zXq`, a cookie, and the like.
    @Test(
        "a secret that a server sends back is masked however it is written",
        arguments: [
            #"{"token":"pw\/\"é-9_zXq"}"#, #"{"token":"pw/\"\u00e9-9_zXq"}"#, #"{\"token\":\"pw\\\/\\\"é-9_zXq\"}"#,
            "token=pw%2F%22%C3%A9-9_zXq&x", "token=pw%252F%2522%25C3%25A9-9_zXq", "token: pw/&quot;&#233;-9_zXq",
            "token: pw/&#x22;é-9_zXq", "PW/\"é-9_ZXQ", "invalid token …/\"é-9_z…", "the token pw/\"é",
            "_zXq is the end",
            "cookie-three alone", "theme=dark; s=cookie-three", "1234", "the pin (1234)", "user of the day: s3c",
            "as u:s3c, alone", "dTpzM2M=", "{\"pw\":\"body-secret\"}", "base64 of the body: Ym9keS1zZWNyZXQ",
            Base64.encode(Array("Bearer pw/\"é-9_zXq".utf8)), Base64.encode(Array("x pw/\"é-9_zXq".utf8)),
            Array("pw/\"é-9_zXq".utf8).hex,
        ])
    func masksWhatAServerSendsBack(text: String) throws {
        var endpoint = try Self.endpoint(.http(url: "https://u:s3c@shop.example/?code=1234"))
        endpoint.headers = [
            "Authorization": "Bearer pw/\"é-9_zXq", "Cookie": "session=\"cookie-three\"; theme=dark",
            "Accept": "text/plain",
        ]
        endpoint.body = #"{"user":"me","password":"body-secret"}"#
        let masked = SecretMask(of: endpoint).masked(text)
        let shown = String(decoding: masked.utf8.filter { $0 != UInt8(ascii: "*") }, as: UTF8.self)
        #expect(masked.contains("***"), "\(masked)")
        for part in [
            "zXq", "ZXQ", "9_z", "pw/", "cookie-", "-three", "1234", "s3c", "czNj", "zM2", "body-", "Ym9k", "703d",
        ] {
            #expect(!shown.contains(part), "\(masked)")
        }
    }

    /// What is masked for nothing makes messages unreadable.
    @Test(arguments: [
        "connect to shop.example:443: Connection refused", "12345 of 21234", "s3cond", "the users", "text/plain",
        "an ear",
    ])
    func leavesOtherTextsAlone(text: String) throws {
        var endpoint = try Self.endpoint(.http(url: "https://u:s3c@shop.example/?code=1234"))
        endpoint.headers = ["Authorization": "Basic dTpzM2M=", "X-Environment": "test"]
        #expect(SecretMask(of: endpoint).masked(text) == text)
    }

    @Test("what the header Basic carries is masked when a server shows it decoded")
    func masksWhatBasicCarries() throws {
        var endpoint = try Self.endpoint(.http(url: "https://shop.example/"))
        endpoint.headers = ["Authorization": "Basic dXNlcjp0b3AtcGFzcw=="]
        #expect(SecretMask(of: endpoint).masked("user user:top-pass, top-pass.") == "user ***, ***.")
    }

    private static func attempt(_ condition: String, _ body: String) throws -> CheckAttempt {
        let endpoint = try Endpoint.of(.http(url: "http://a/"), condition) {
            $0.headers = ["X-Auth-Key": "top-secret-key"]
        }
        var observation = Observation()
        observation.isConnected = true
        observation.body = Array(body.utf8)
        return CheckAttempt(
            observation, of: endpoint, startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 1))
    }

    @Test("a secret across the place where a shown value is cut is masked")
    func masksASecretAcrossTheCut() throws {
        for place in (1..<16).map({ 500 - $0 }) + (1..<16).map({ 25 - $0 }) {
            let body = String(repeating: "-", count: place) + "top-secret-key" + String(repeating: "-", count: 3_000)
            let condition = place > 30 ? "[BODY] == x" : "[BODY] == pat(x)"
            let text = try Self.attempt(condition, body).conditions[0].text
            #expect(!text.contains("-t"), "\(text)")
            #expect(text.contains("...(truncated)"))
        }
    }

    @Test("a secret in a condition is masked, whether the condition holds or not", arguments: [true, false])
    func masksASecretInACondition(holds: Bool) throws {
        let attempt = try Self.attempt("[BODY].key == top-secret-key", #"{"key":"\#(holds ? "top-secret-key" : "x")"}"#)
        #expect(attempt.conditions[0].isMet == holds)
        #expect(attempt.conditions[0].text == (holds ? "[BODY].key == ***" : "[BODY].key (x) == ***"))
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
