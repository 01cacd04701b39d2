import AWS
import Basics
import Foundation
import JSON
import SLAReport
import StateStore
import Synchronization
import TestSupport
import Testing
import Transport

/// The places of incidents; each test gets an empty one, as two people see it.
enum IncidentPlace: String, CaseIterable, Sendable {
    case memory, folder, bucket, table

    static var available: [IncidentPlace] { Workspace.hasPython ? allCases : [.memory, .folder] }

    private static let loop = Result { try EventLoop.onOwnThread() }
    private static let count = Atomic(0)

    /// Runs a test with two people's views of one place.
    func run(_ test: (IncidentStore, IncidentStore) async throws -> Void) async throws {
        try await runStores { store, other, time in
            try await test(IncidentStore(store, time: time), IncidentStore(other, time: time))
        }
    }

    func runStores(_ test: (StateStore, StateStore, TimeSource) async throws -> Void) async throws {
        let time = TestClock(noon).source
        // Calls over the network have deadlines in real time.
        let live = TimeSource(now: { .now() }, sleep: { _ in }, random: { 0.5 })
        let name = "incidents-\(Self.count.add(1, ordering: .relaxed).newValue)"
        switch self {
        case .memory:
            let store = StateStore.memory()
            try await test(store, store, time)
        case .folder:
            try await Workspace.withTemporaryFolder { folder in
                let place = folder.appending(path: "a/b").path
                try await test(.atPlace(place, aws: noAWS), .atPlace(place, aws: noAWS), time)
            }
        case .bucket:
            _ = try await AWSClient(.s3, configuration: Self.aws(live)).call(
                "CreateBucket",
                ["Bucket": .string(name), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
            let (place, aws) = ("s3://\(name)/ops", try Self.aws(live))
            try await test(.atPlace(place) { aws }, .atPlace(place) { aws }, live)
        case .table:
            _ = try await AWSClient(.dynamoDB, configuration: Self.aws(live)).call(
                "CreateTable",
                [
                    "TableName": .string(name), "BillingMode": "PAY_PER_REQUEST",
                    "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
                    "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
                ])
            let (place, aws) = ("dynamodb:\(name)", try Self.aws(live))
            try await test(.atPlace(place) { aws }, .atPlace(place) { aws }, live)
        }
    }

    private static func aws(_ time: TimeSource) throws -> AWSConfiguration {
        try AWSConfiguration(
            environment: MotoServer.shared.get().environment, http: HTTPClient(loop: loop.get()), time: time)
    }
}

private func noAWS() throws -> AWSConfiguration { throw CancellationError() }

@Suite(.timeLimit(.minutes(2))) struct IncidentStoreTests {
    @Test("is created once, changed and listed", arguments: IncidentPlace.available)
    func life(place: IncidentPlace) async throws {
        try await place.run { store, other in
            #expect(try await store.all().incidents.isEmpty)
            #expect(try await store.create(.failure()))
            // The answer of the first request was lost: it is this very one.
            #expect(try await store.create(.failure()))
            #expect(try await other.create(.failure().with(.resolved, at: 1)) == false)
            #expect(try await other.create(.work(plannedAt: 1)))
            let changed = try await other.change("20261129-aaaaa") { $0.title = "It is fast again" }
            #expect(changed.title == "It is fast again")
            let listing = try await store.all()
            #expect(listing.incidents.map(\.id) == ["20261129-bbbbb", "20261129-aaaaa"])
            #expect(listing.incidents.map(\.title) == ["New database", "It is fast again"])
            #expect(listing.faults == [])
            #expect(try await store.incident("20261129-bbbbb") == .work(plannedAt: 1))
        }
    }

    @Test("the updates of two people at the same time both stay", arguments: IncidentPlace.available)
    func twoPeople(place: IncidentPlace) async throws {
        try await place.runStores { store, otherStore, time in
            let other = IncidentStore(otherStore, time: time)
            _ = try await other.create(.failure())
            // The other one writes between the reading and the writing of the first.
            let hasWritten = Mutex(false)
            let ours = IncidentStore(
                StateStore(
                    read: { key, deadline in
                        let document = try await store.document(key, until: deadline)
                        let isFirst = hasWritten.withLock { written in
                            defer { written = true }
                            return !written
                        }
                        if isFirst {
                            _ = try await other.change("20261129-aaaaa") {
                                $0.add(.init(id: "theirs", time: minutes(1), status: .identified, text: "theirs"))
                            }
                        }
                        return document
                    }, readPrefix: { try await store.documents(prefix: $0, until: $1) },
                    write: { text, key, condition, _, deadline in
                        try await store.write(text, to: key, if: condition, until: deadline)
                    }, remove: { try await store.remove($0, if: $1, until: $2) }), time: time)
            let changed = try await ours.change("20261129-aaaaa") { incident in
                incident.add(.init(id: "ours", time: minutes(2), status: .identified, text: "ours"))
            }
            #expect(changed.updates.map(\.id) == ["u0", "theirs", "ours"])
            #expect(try await other.incident("20261129-aaaaa") == changed)
        }
    }

    @Test("many at once: nothing is lost")
    func many() async throws {
        try await IncidentPlace.folder.run { store, _ in
            _ = try await store.create(.failure())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        _ = try await store.change("20261129-aaaaa") {
                            $0.add(.init(id: "n\(number)", time: minutes(number), status: .monitoring, text: ""))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.incident("20261129-aaaaa").updates.count == 9)
        }
    }

    @Test("who is always overtaken gives up after ten attempts, and says so")
    func overtaken() async throws {
        let clock = TestClock(noon)
        let base = StateStore.memory()
        let attempts = Mutex(0)
        let store = IncidentStore(
            StateStore(
                read: { try await base.document($0, until: $1) },
                readPrefix: { try await base.documents(prefix: $0, until: $1) },
                write: { text, key, condition, _, deadline in
                    if condition == .absent { return try await base.write(text, to: key, until: deadline) }
                    attempts.withLock { $0 += 1 }
                    return .conflict(current: nil)
                }, remove: { _, _, _ in false }), time: clock.source)
        _ = try await store.create(.failure())
        let error = await #expect(throws: IncidentError.self) {
            try await store.change("20261129-aaaaa") { $0.title = "x" }
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "20261129-aaaaa was not changed: others wrote it at each of 10 attempts; try again")
        #expect(attempts.withLock { $0 } == 10)
        #expect(clock.sleeps.count == 10)
    }

    @Test("no write for no change")
    func noChange() async throws {
        let clock = TestClock(noon)
        let base = StateStore.memory()
        let writes = Mutex(0)
        let store = IncidentStore(
            StateStore(
                read: { try await base.document($0, until: $1) },
                readPrefix: { try await base.documents(prefix: $0, until: $1) },
                write: { text, key, condition, _, deadline in
                    writes.withLock { $0 += 1 }
                    return try await base.write(text, to: key, if: condition, until: deadline)
                }, remove: { _, _, _ in false }), time: clock.source)
        _ = try await store.create(.failure())
        _ = try await store.change("20261129-aaaaa") { _ in }
        #expect(writes.withLock { $0 } == 1)
    }

    @Test(
        "an unknown name is told with the one that was meant",
        arguments: [
            ("20261129-aaaab", "there is no incident 20261129-aaaab: did you mean 20261129-aaaaa?"),
            ("aaaaa", "there is no incident aaaaa: did you mean 20261129-aaaaa?"),
            ("x", "there is no incident x: `tocsin incident list` shows all"),
        ])
    func unknown(name: String, message: String) async throws {
        let store = IncidentStore(.memory(), time: TestClock(noon).source)
        _ = try await store.create(.failure())
        _ = try await store.create(.work())
        let errors = [
            await #expect(throws: IncidentError.self) { try await store.incident(name) },
            await #expect(throws: IncidentError.self) { try await store.change(name) { _ in } },
        ]
        for error in errors {
            #expect(error?.code == .unknown)
            #expect(error?.message == message)
        }
        let empty = IncidentStore(.memory(), time: TestClock(noon).source)
        let error = await #expect(throws: IncidentError.self) { try await empty.incident("x") }
        #expect(error?.message == "there is no incident x: none is stored there")
    }

    @Test("a document that is no incident does not hide the others")
    func damaged() async throws {
        let base = StateStore.memory()
        let store = IncidentStore(base, time: TestClock(noon).source)
        _ = try await store.create(.failure())
        _ = try await base.write("{", to: "incident-broken", until: minutes(1))
        _ = try await base.write("{}", to: "another", until: minutes(1))
        let listing = try await store.all()
        #expect(listing.incidents.map(\.id) == ["20261129-aaaaa"])
        #expect(listing.faults == ["incident-broken: it is no JSON"])
        let error = await #expect(throws: IncidentError.self) { try await store.incident("broken") }
        #expect(error?.code == .unreadable)
    }

    @Test(
        "a place that is none is told",
        arguments: ["", "s3://", "s3x://a", "dynamodb:"])
    func wrongPlace(place: String) throws {
        let error = #expect(throws: StateStoreError.self) {
            try IncidentStore(at: place, time: TestClock(noon).source, aws: noAWS)
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.hasSuffix(": expected a folder, s3://bucket/prefix or dynamodb:table") == true)
    }

    @Test("a folder that cannot be made is told with its reason")
    func noFolder() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try Data().write(to: file)
            let place = file.appending(path: "incidents").path
            let error = #expect(throws: StateStoreError.self) {
                try IncidentStore(at: place, time: TestClock(noon).source, aws: noAWS)
            }
            #expect(error?.code == .missing)
            #expect(error?.message.hasPrefix("\(place): ") == true)
        }
    }

    @Test(
        "where incidents are kept when nobody says so",
        arguments: [
            (["INCIDENTS_STATE": "s3://a/b", "HOME": "/h"], "s3://a/b" as String?),
            (["TOCSIN_STATE": "/s", "HOME": "/h"], "/s/incidents"),
            (["HOME": "/h"], "/h/.local/state/tocsin/incidents"),
            ([:], nil),
        ])
    func location(variables: [String: String], place: String?) {
        #expect(IncidentStore.location(Environment(variables)) == place)
    }

    @Test("names of incidents: the day, and letters that are not taken for one another")
    func names() {
        #expect(Incident.newID(at: noon) { _ in 0 } == "20261129-aaaaa")
        #expect(Incident.newID(at: noon) { $0 - 1 } == "20261129-99999")
    }
}
