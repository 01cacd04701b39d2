import AWS
import Basics
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Notifier

/// The same tests against the memory and against a table in moto.
@Suite struct DeliveryLedgerTests {
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

    private static func ledger(_ holder: String, _ clock: TestClock) -> DeliveryLedger {
        DeliveryLedger(table: "deliveries", holder: holder, aws: { try aws(clock) }, now: { clock.now })
    }

    private static func ledger(_ server: ScriptedServer, _ clock: TestClock) -> DeliveryLedger {
        let environment = awsVariables(at: server.url)
        return DeliveryLedger(
            table: "deliveries", holder: "us",
            aws: { try AWSConfiguration(environment: environment, http: Network.http.get(), time: clock.source) },
            now: { clock.now }
        )
    }

    /// A ledger, and another one of an instance that shares its table.
    private func ledgers(_ kind: Kind, _ clock: TestClock) async throws -> (DeliveryLedger, DeliveryLedger)? {
        switch kind {
        case .memory:
            let ledger = DeliveryLedger(aws: noAWS, now: { clock.now })
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
        var claim = try #require(await ledger.claim(key, until: end).claim)
        #expect(claim.sentParts == 0)
        #expect(await other.claim(key, until: end) == .heldByOther)
        await ledger.settle(claim, .partly(sentParts: 2), until: end)
        claim = try #require(await other.claim(key, until: end).claim)
        #expect(claim.sentParts == 2)
        await other.settle(claim, .partly(sentParts: 0), until: end)
        claim = try #require(await ledger.claim(key, until: end).claim)
        #expect(claim.sentParts == (kind == .table ? 2 : 0))
        await ledger.settle(claim, .sent, until: end)
        #expect(await ledger.claim(key, until: end) == .alreadySent)
        #expect(await other.claim(key, until: end) == .alreadySent)
        #expect(await other.claim(key + "'", until: end).sentParts == 0)
    }

    @Test(arguments: Kind.allCases) func aClaimThatNobodySettlesEnds(kind: Kind) async throws {
        let clock = TestClock(.now())
        guard let (ledger, other) = try await ledgers(kind, clock) else { return }
        let key = "forgotten \(kind)"
        #expect(await ledger.claim(key, until: clock.now + .seconds(10)).sentParts == 0)
        clock.advance(.seconds(9))
        #expect(await other.claim(key, until: clock.now + .seconds(10)) == .heldByOther)
        clock.advance(.seconds(2))
        #expect(await other.claim(key, until: clock.now + .seconds(10)).sentParts == 0)
    }

    /// A process was too slow: another one has taken its claim over and sent everything.
    ///
    /// Its late `partly` must not open the notification again, or it would be sent twice.
    @Test(arguments: Kind.allCases) func aLatePartlyDoesNotUndoWhatAnotherHasSent(kind: Kind) async throws {
        let clock = TestClock(.now())
        guard let (ledger, other) = try await ledgers(kind, clock) else { return }
        let key = "late partly \(kind)"
        let late = try #require(await ledger.claim(key, until: clock.now + .seconds(10)).claim)
        clock.advance(.seconds(11))
        let end = clock.now + .seconds(10)
        let claim = try #require(await other.claim(key, until: end).claim)
        await other.settle(claim, .sent, until: end)
        await ledger.settle(late, .partly(sentParts: 1), until: end)
        #expect(await other.claim(key, until: end) == .alreadySent)
        #expect(await ledger.claim(key, until: end) == .alreadySent)
    }

    /// The other way round: another process has it, and this one has sent it all.
    @Test(arguments: Kind.allCases) func aLateSentCounts(kind: Kind) async throws {
        let clock = TestClock(.now())
        guard let (ledger, other) = try await ledgers(kind, clock) else { return }
        let key = "late sent \(kind)"
        let late = try #require(await ledger.claim(key, until: clock.now + .seconds(10)).claim)
        clock.advance(.seconds(11))
        let end = clock.now + .seconds(10)
        let claim = try #require(await other.claim(key, until: end).claim)
        await ledger.settle(late, .sent, until: end)
        await other.settle(claim, .partly(sentParts: 0), until: end)
        #expect(await ledger.claim(key, until: end) == .alreadySent)
        #expect(await other.claim(key, until: end) == .alreadySent)
    }

    /// A late `partly` does not touch the claim of the process that has taken over, either.
    @Test(arguments: Kind.allCases) func aLatePartlyDoesNotFreeAnothersClaim(kind: Kind) async throws {
        let clock = TestClock(.now())
        guard let (ledger, other) = try await ledgers(kind, clock) else { return }
        let key = "late free \(kind)"
        let late = try #require(await ledger.claim(key, until: clock.now + .seconds(10)).claim)
        clock.advance(.seconds(11))
        let end = clock.now + .seconds(10)
        #expect(await other.claim(key, until: end).sentParts == 0)
        await ledger.settle(late, .partly(sentParts: 0), until: end)
        #expect(await ledger.claim(key, until: end) == .heldByOther)
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

    /// The table has noted the claim, but the answer was lost, and with it all that the memory could know.
    @Test(.enabled(if: Workspace.hasPython, "needs moto: ./build.sh")) func ourOwnClaimIsOursAgain() async throws {
        try await Self.table.value
        let clock = TestClock(.now())
        let end = clock.now + .seconds(30)
        #expect(await Self.ledger("us", clock).claim("lost", until: end).sentParts == 0)
        #expect(await Self.ledger("another", clock).claim("lost", until: end) == .heldByOther)
        let ledger = Self.ledger("us", clock)
        let claim = try #require(await ledger.claim("lost", until: end).claim)
        #expect(claim.sentParts == 0)
        await ledger.settle(claim, .sent, until: end)
        #expect(await Self.ledger("us", clock).claim("lost", until: end) == .alreadySent)
    }

    /// The table was down when the claim was made: what has arrived is noted all the same, unless another has it.
    @Test(.enabled(if: Workspace.hasPython, "needs moto: ./build.sh")) func aClaimWithoutTheTable() async throws {
        try await Self.table.value
        let clock = TestClock(.now())
        let end = clock.now + .seconds(30)
        let isDown = Atomic(true)
        let ledger = DeliveryLedger(
            table: "deliveries", holder: "us",
            aws: { isDown.load(ordering: .relaxed) ? try noAWS() : try Self.aws(clock) }, now: { clock.now })
        let claims = [
            try #require(await ledger.claim("down 1", until: end).claim),
            try #require(await ledger.claim("down 2", until: end).claim),
        ]
        isDown.store(false, ordering: .relaxed)
        clock.advance(.seconds(31))
        let another = Self.ledger("another", clock)
        let later = clock.now + .seconds(30)
        #expect(await another.claim("down 2", until: later).sentParts == 0)
        for claim in claims { await ledger.settle(claim, .partly(sentParts: 3), until: later) }
        #expect(await another.claim("down 1", until: later).sentParts == 3)
        #expect(await Self.ledger("third", clock).claim("down 2", until: later) == .heldByOther)
    }

    /// What earlier versions have written to the table still counts.
    @Test(.enabled(if: Workspace.hasPython, "needs moto: ./build.sh")) func itemsOfEarlierVersions() async throws {
        try await Self.table.value
        let clock = TestClock(.now())
        let now = Int64(clock.now.secondsSinceEpoch)
        let thread = IncidentThread(reference: MessageReference(channel: "C1", id: "17.1"), severity: .critical)
        let items: [String: JSONObject] = [
            "old sent": ["until": ["N": "253402300799"], "sent": ["N": "0"], "holder": ["S": "gone"]],
            "old open": ["until": ["N": "0"], "sent": ["N": "2"], "holder": ["S": "gone"]],
            "old held": ["until": ["N": .string("\(now + 100)")], "holder": ["S": "gone"]],
            "old left": ["until": ["N": .string("\(now - 100)")], "holder": ["S": "gone"]],
            "old thread": ["thread": ["S": .string(thread.json.description)]],
        ]
        let client = try AWSClient(.dynamoDB, configuration: Self.aws(clock))
        for (key, attributes) in items {
            var item = attributes
            item["id"] = ["S": .string(key)]
            item["expires"] = ["N": .string("\(now + 1_000)")]
            _ = try await client.call("PutItem", ["TableName": "deliveries", "Item": .object(item)])
        }
        let ledger = Self.ledger("us", clock)
        let end = clock.now + .seconds(30)
        #expect(await ledger.claim("old sent", until: end) == .alreadySent)
        #expect(await ledger.claim("old open", until: end).sentParts == 2)
        #expect(await ledger.claim("old held", until: end) == .heldByOther)
        #expect(await ledger.claim("old left", until: end).sentParts == 0)
        #expect(await ledger.thread("old thread") == thread)
        #expect(await Self.ledger("another", clock).claim("old open", until: end) == .heldByOther)
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
        let claim = try #require(await ledger.claim("key", until: clock.now + .seconds(10)).claim)
        let before = server.requests.count
        await ledger.settle(claim, .sent, until: clock.now + .seconds(seconds))
        #expect(server.requests.count - before == requests)
    }

    /// Whatever is wrong with the table, alerts are sent; and it is not asked again and again.
    @Test func aBrokenTableStopsNobody() async throws {
        let server = try ScriptedServer { _ in .http(400, body: #"{"__type":"ResourceNotFoundException"}"#) }
        defer { server.stop() }
        let clock = TestClock(.now())
        let ledger = Self.ledger(server, clock)
        for number in 0..<10 {
            let claim = try #require(await ledger.claim("\(number)", until: clock.now + .seconds(1)).claim)
            #expect(claim.sentParts == 0)
            await ledger.settle(claim, .sent, until: clock.now + .seconds(1))
            #expect(await ledger.claim("\(number)", until: clock.now + .seconds(1)) == .alreadySent)
        }
        #expect(server.requests.count == 1)
        clock.advance(.seconds(31))
        #expect(await ledger.thread("x") == nil)
        #expect(server.requests.count == 2)
    }
}
