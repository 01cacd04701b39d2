import TestSupport
import Testing
import Transport

/// Name look-ups of the HTTP client, with a name server of the test.
@Suite struct HTTPNameLookupTests {
    private func configuration(_ server: NameServer) throws -> HTTPClientConfiguration {
        var configuration = HTTPClientConfiguration()
        configuration.nameServers = [try server.address]
        return configuration
    }

    private func failure(_ request: HTTPRequest, _ server: NameServer) async throws -> TransportError {
        let error = try await withClient(configuration(server)) { client in
            await #expect(throws: TransportError.self) { try await client.execute(request) }
        }
        return try #require(error)
    }

    @Test func asksTheGivenNameServers() async throws {
        let names = try NameServer(["site.test": .addresses(["127.0.0.1"])])
        let server = try ScriptedServer { _ in .http(200, body: "found") }
        let authority = "site.test:\(server.port)"
        let response = try await withClient(configuration(names)) {
            try await $0.execute(HTTPRequest("GET", "http://\(authority)/"))
        }
        #expect(response.body == Array("found".utf8))
        #expect(response.timings.nameLookup > .zero)
        #expect(names.questions.contains { $0.name == "site.test" && $0.type == 1 })
        #expect(server.requests.first?["Host"] == authority)
    }

    @Test(arguments: [
        (NameServer.Answer.failure(3), "Domain name not found"),
        (.addresses([]), "DNS server returned answer with no data"),
        (.failure(2), "the name servers fail, refuse or cannot be reached"),
    ])
    func aNameWithoutAddressSaysSo(answer: NameServer.Answer, reason: String) async throws {
        let names = try NameServer { _ in answer }
        let error = try await failure(HTTPRequest("GET", "http://no-such-host.test:81/"), names)
        #expect(error.code == .nameNotResolved)
        #expect(error.phase == .nameLookup)
        #expect(error.host == "no-such-host.test:81")
        #expect(error.message == "the name no-such-host.test cannot be resolved: \(reason)")
        #expect(!names.questions.isEmpty)
    }

    @Test(arguments: [(50, nil), (600_000, 50)])
    func timesOutDuringTheLookUp(connect: Int, total: Int?) async throws {
        let names = try NameServer { _ in .silence }
        let error = try await failure(
            HTTPRequest(
                "GET", "http://silent.test/", connectTimeout: .milliseconds(connect),
                totalTimeout: total.map { .milliseconds($0) }), names
        )
        #expect(error.code == .timedOut)
        #expect(error.phase == .nameLookup)
        #expect(error.message == "looking up silent.test timed out after 50 ms")
        #expect(!names.questions.isEmpty)
    }

    @Test func isCancelledDuringTheLookUp() async throws {
        let asked = Gate()
        let names = try NameServer { _ in
            asked.open()
            return .silence
        }
        try await withClient(configuration(names)) { client in
            let task = Task {
                try await client.execute(
                    HTTPRequest("GET", "http://silent.test/", connectTimeout: .seconds(600), totalTimeout: nil))
            }
            #expect(await asked.opened())
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
