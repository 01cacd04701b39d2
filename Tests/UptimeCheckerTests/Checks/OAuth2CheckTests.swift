import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

@Suite struct OAuth2CheckTests {
    private static func endpoint(_ api: ScriptedServer, _ tokens: ScriptedServer) throws -> Endpoint {
        try .of(.http(url: api.url), "[STATUS] == 200") {
            $0.client.oauth2 = OAuth2Settings(
                tokenURL: tokens.url + "/token", clientID: "tocsin", clientSecret: "s3cret & more",
                scopes: ["a:b", "c"])
        }
    }

    /// Accepts requests with the current token.
    private static func api(_ token: Locked<String>) throws -> ScriptedServer {
        try ScriptedServer { $0["Authorization"] == "Bearer " + token.withLock { $0 } ? .http(200) : .http(401) }
    }

    private static func reply(_ token: Locked<String>, _ lifetime: String = ",\"expires_in\":3600") -> Reply {
        .http(200, body: #"{"access_token":"\#(token.withLock { $0 })","token_type":"bearer"\#(lifetime)}"#)
    }

    @Test func oneRequestServesManyEndpoints() async throws {
        let (token, gate) = (Locked("t0k3n-one"), Gate())
        let tokens = try ScriptedServer { _ in .after(gate, Self.reply(token)) }
        let api = try Self.api(token)
        try await CheckBench.run { bench in
            await withTaskGroup(of: Int?.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        guard var endpoint = try? Self.endpoint(api, tokens) else { return nil }
                        endpoint.client.timeout = .seconds(10 + index)
                        return await bench.observe(endpoint).status
                    }
                }
                gate.open()
                for await status in group { #expect(status == 200) }
            }
        }
        #expect(tokens.requests.count == 1)
        let request = try #require(tokens.requests.first)
        #expect(request.text == "grant_type=client_credentials&scope=a%3Ab+c")
        #expect(request["Authorization"] == "Basic " + Base64.encode(Array("tocsin:s3cret+%26+more".utf8)))
    }

    @Test func sendsTheSecretInTheFormWhenTheHeaderIsRefused() async throws {
        let token = Locked("t0k3n-two")
        let tokens = try ScriptedServer {
            $0["Authorization"] == nil ? Self.reply(token) : .http(401, body: #"{"error":"invalid_client"}"#)
        }
        let api = try Self.api(token)
        try await CheckBench.run { bench in
            let observation = await bench.observe(try Self.endpoint(api, tokens))
            #expect(observation.status == 200)
        }
        let form = tokens.requests.last?.text ?? ""
        #expect(form.hasSuffix("&client_id=tocsin&client_secret=s3cret+%26+more"))
    }

    @Test func theTokenIsCachedUntilShortlyBeforeItExpires() async throws {
        let (token, clock) = (Locked("t0k3n-three"), TestClock())
        let tokens = try ScriptedServer { _ in Self.reply(token, ",\"expires_in\":\"1000\"") }
        let api = try Self.api(token)
        try await CheckBench.run(time: { loop in clock.source(realSleep: { try await loop.sleep(for: $0) }) }) {
            bench in
            for (step, count) in [(0, 1), (899, 1), (2, 2)] {
                clock.advance(.seconds(step))
                let observation = await bench.observe(try Self.endpoint(api, tokens))
                #expect(observation.status == 200)
                #expect(tokens.requests.count == count)
            }
        }
    }

    @Test func aRefusedTokenIsRemoved() async throws {
        let token = Locked("t0k3n-four")
        let tokens = try ScriptedServer { _ in Self.reply(token) }
        let api = try Self.api(token)
        try await CheckBench.run { bench in
            let endpoint = try Self.endpoint(api, tokens)
            #expect(await bench.observe(endpoint).status == 200)
            token.withLock { $0 = "t0k3n-five" }
            #expect(await bench.observe(endpoint).status == 401)
            #expect(await bench.observe(endpoint).status == 200)
        }
    }

    @Test(arguments: [
        (401, #"{"error":"invalid_client","error_description":"s3cret & more is wrong"}"#, "401 (invalid_client)"),
        (500, "oops s3cret & more", "it answered 500 without"), (200, "{}", "it answered 200 without an access_token"),
    ])
    func withoutATokenNoRequestIsSent(status: Int, body: String, reason: String) async throws {
        let tokens = try ScriptedServer { _ in .http(status, body: body) }
        let api = try ScriptedServer { _ in .http(200) }
        try await CheckBench.run { bench in
            let observation = await bench.observe(try Self.endpoint(api, tokens))
            #expect(!observation.isConnected && observation.errors.count == 1)
            #expect(observation.isNotAsked)
            #expect(observation.errors[0].hasPrefix("no OAuth 2 token from 127.0.0.1: "))
            #expect(observation.errors[0].contains(reason) && !observation.errors[0].contains("s3cret"))
        }
        #expect(api.requests.isEmpty)
    }
}
