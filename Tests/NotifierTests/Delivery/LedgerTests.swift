import AWS
import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import Notifier

/// The same tests against the memory and against a table in moto.
@Suite struct LedgerTests {
    enum Kind: String, CaseIterable { case memory, table }

    private static func aws(_ clock: TestClock) throws -> AWSConfiguration {
        try AWSConfiguration(
            environment: MotoServer.shared.get().environment, http: Network.http.get(), time: clock.source
        )
    }

    private static let table = Task {
        let client = try AWSClient(.dynamoDB, configuration: aws(TestClock(.now())))
        _ = try await client.call(
            "CreateTable",
            [
                "TableName": "deliveries", "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
                "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
            ])
    }

    private static func ledger(_ holder: String, _ clock: TestClock) -> TableLedger {
        TableLedger(table: "deliveries", holder: holder, aws: { try aws(clock) }, now: { clock.now })
    }

    private static func ledger(_ server: ScriptedServer, _ clock: TestClock) -> TableLedger {
        let environment = [
            "AWS_ENDPOINT_URL": server.url, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        ]
        return TableLedger(
            table: "deliveries", holder: "us",
            aws: { try AWSConfiguration(environment: environment, http: Network.http.get(), time: clock.source) },
            now: { clock.now }
        )
    }

    /// A ledger, and another one of an instance that shares its table.
    private func ledgers(_ kind: Kind, _ clock: TestClock) async throws -> (any Ledger, any Ledger)? {
        switch kind {
        case .memory:
            let ledger = MemoryLedger(now: { clock.now })
            return (ledger, ledger)
        case .table:
            guard Workspace.hasPython else { return nil }
            try await Self.table.value
            return (Self.ledger("us", clock), Self.ledger("another", clock))
        }
    }

    @Test(arguments: Kind.allCases) func claims(kind: Kind) async throws {
        let clock = TestClock(.now())
        guard let (ledger, other) = try await ledgers(kind, clock) else { return }
        let key = "claims \(kind)"
        let end = clock.now + .seconds(30)
        #expect(await ledger.claim(key, until: end) == .mine(sent: 0))
        #expect(await other.claim(key, until: end) == .taken)
        await ledger.settle(key, .partly(sent: 2), until: end)
        #expect(await other.claim(key, until: end) == .mine(sent: 2))
        await other.settle(key, .partly(sent: 0), until: end)
        #expect(await ledger.claim(key, until: end) == .mine(sent: kind == .table ? 2 : 0))
        await ledger.settle(key, .done, until: end)
        #expect(await ledger.claim(key, until: end) == .done)
        #expect(await other.claim(key, until: end) == .done)
        #expect(await other.claim(key + "'", until: end) == .mine(sent: 0))
    }

    @Test(arguments: Kind.allCases) func aClaimThatNobodySettlesEnds(kind: Kind) async throws {
        let clock = TestClock(.now())
        guard let (ledger, other) = try await ledgers(kind, clock) else { return }
        let key = "forgotten \(kind)"
        #expect(await ledger.claim(key, until: clock.now + .seconds(10)) == .mine(sent: 0))
        clock.advance(.seconds(9))
        #expect(await other.claim(key, until: clock.now + .seconds(10)) == .taken)
        clock.advance(.seconds(2))
        #expect(await other.claim(key, until: clock.now + .seconds(10)) == .mine(sent: 0))
    }

    @Test(arguments: Kind.allCases) func threads(kind: Kind) async throws {
        let clock = TestClock(.now())
        guard let (ledger, other) = try await ledgers(kind, clock) else { return }
        let reference = MessageReference(channel: "C1", id: "17.1", content: ["text": "ü \"quoted\""])
        let thread = IncidentThread(reference: reference, severity: .critical)
        #expect(await ledger.thread("thread") == nil)
        await ledger.keep(thread, for: "thread")
        #expect(await ledger.thread("thread") == thread)
        #expect(await other.thread("thread") == thread)
        await other.keep(nil, for: "thread")
        #expect(await ledger.thread("thread") == nil, "another instance has ended the incident")
    }

    @Test func theMemoryIsBounded() {
        var values = RecentValues<Int>(capacity: 3)
        for number in 0..<5 { values["\(number)"] = number }
        #expect((0..<5).map { values["\($0)"] } == [nil, nil, 2, 3, 4])
        values["3"] = nil
        values["3"] = 33
        values["5"] = 5
        #expect((2..<6).map { values["\($0)"] } == [nil, 33, 4, 5])
    }

    /// The table has noted the claim, but the answer was lost, and with it all that the memory could know.
    @Test(.enabled(if: Workspace.hasPython, "needs moto: ./build.sh")) func ourOwnClaimIsOursAgain() async throws {
        try await Self.table.value
        let clock = TestClock(.now())
        let end = clock.now + .seconds(30)
        #expect(await Self.ledger("us", clock).claim("lost", until: end) == .mine(sent: 0))
        #expect(await Self.ledger("another", clock).claim("lost", until: end) == .taken)
        let ledger = Self.ledger("us", clock)
        #expect(await ledger.claim("lost", until: end) == .mine(sent: 0))
        await ledger.settle("lost", .done, until: end)
        #expect(await Self.ledger("us", clock).claim("lost", until: end) == .done)
    }

    @Test func keysAreBounded() {
        let definition = OutputDefinition(name: "ops", kind: "slack")
        let long = String(repeating: "long ", count: 2_000)
        #expect(definition.ledgerKey("short") == "ops|short")
        #expect(definition.ledgerKey(long).utf8.count == 64)
        #expect(definition.ledgerKey(long + "a") != definition.ledgerKey(long + "b"))
    }

    /// A table that is slow must not hold the invocation until the platform ends it.
    @Test(arguments: [(seconds: 0, requests: 1), (seconds: -1, requests: 0)])
    func nothingIsNotedLongAfterTheEnd(seconds: Int, requests: Int) async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        defer { server.stop() }
        let clock = TestClock(.now())
        let ledger = Self.ledger(server, clock)
        await ledger.settle("key", .done, until: clock.now + .seconds(seconds))
        #expect(server.requests.count == requests)
    }

    /// Whatever is wrong with the table, alerts are sent; and it is not asked again and again.
    @Test func aBrokenTableStopsNobody() async throws {
        let server = try ScriptedServer { _ in .http(400, body: #"{"__type":"ResourceNotFoundException"}"#) }
        defer { server.stop() }
        let clock = TestClock(.now())
        let ledger = Self.ledger(server, clock)
        for number in 0..<10 {
            #expect(await ledger.claim("\(number)", until: clock.now + .seconds(1)) == .mine(sent: 0))
            await ledger.settle("\(number)", .done, until: clock.now + .seconds(1))
            #expect(await ledger.claim("\(number)", until: clock.now + .seconds(1)) == .done)
        }
        #expect(server.requests.count == 1)
        clock.advance(.seconds(31))
        #expect(await ledger.thread("x") == nil)
        #expect(server.requests.count == 2)
    }
}
