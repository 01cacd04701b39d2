import AWS
import Basics
import Events
import JSON
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// The stores against moto.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct StateStoreTests {
    private static let down = EndpointState(state: .down, since: runTime, failedConditions: ["[STATUS] (5) == 2"])
    private static let up = EndpointState(state: .up, since: runTime + .seconds(60))

    private func object(_ bucket: String) async throws -> ObjectStateStore {
        let aws = try TestAWS.moto()
        _ = try await AWSClient(.s3, configuration: aws).call(
            "CreateBucket",
            ["Bucket": .string(bucket), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
        return try ObjectStateStore(bucket: bucket, key: "uptime/state.json", aws: aws)
    }

    private func table(_ name: String) async throws -> TableStateStore {
        let aws = try TestAWS.moto()
        _ = try await AWSClient(.dynamoDB, configuration: aws).call(
            "CreateTable",
            [
                "TableName": .string(name), "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    ["AttributeName": "checker", "AttributeType": "S"],
                    ["AttributeName": "endpoint", "AttributeType": "S"],
                ],
                "KeySchema": [
                    ["AttributeName": "checker", "KeyType": "HASH"], ["AttributeName": "endpoint", "KeyType": "RANGE"],
                ],
            ])
        return try TableStateStore(table: name, checker: "a", aws: aws)
    }

    /// What every store does.
    private func roundTrip(_ store: any StateStore) async throws {
        let empty = try await store.load(until: farFuture)
        #expect(empty.endpoints.isEmpty)
        #expect(try await store.save(["g_a": Self.down, "g_b": Self.down], to: empty, until: farFuture))
        var snapshot = try await store.load(until: farFuture)
        #expect(snapshot.endpoints == ["g_a": Self.down, "g_b": Self.down])
        #expect(try await store.save(["g_a": Self.up, "g_b": nil], to: snapshot, until: farFuture))
        snapshot = try await store.load(until: farFuture)
        #expect(snapshot.endpoints == ["g_a": Self.up])
    }

    /// What stores do that are shared between instances.
    private func conflict(_ store: any StateStore) async throws {
        let mine = try await store.load(until: farFuture)
        let theirs = mine
        #expect(try await store.save(["g_a": Self.down], to: theirs, until: farFuture))
        #expect(try await store.save(["g_a": Self.up], to: mine, until: farFuture) == false, "another was first")
        let next = try await store.load(until: farFuture)
        #expect(next.endpoints == ["g_a": Self.down])
        #expect(try await store.save(["g_a": Self.up], to: next, until: farFuture))
        #expect(try await store.save(["g_a": nil], to: next, until: farFuture) == false)
        #expect(try await store.load(until: farFuture).endpoints == ["g_a": Self.up])
    }

    @Test func memory() async throws { try await roundTrip(MemoryStateStore()) }

    @Test func anObject() async throws { try await roundTrip(object("state-round-trip")) }

    @Test func aTable() async throws { try await roundTrip(table("state-round-trip")) }

    @Test func anObjectThatAnotherWrote() async throws { try await conflict(object("state-conflict")) }

    @Test func anItemThatAnotherWrote() async throws { try await conflict(table("state-conflict")) }

    @Test func aTableServesSeveralCheckers() async throws {
        let one = try await table("state-shared")
        let other = try TableStateStore(table: "state-shared", checker: "b", aws: TestAWS.moto())
        #expect(try await one.save(["k": Self.down], to: StateSnapshot(), until: farFuture))
        #expect(try await other.load(until: farFuture).endpoints.isEmpty)
    }

    @Test func manyItems() async throws {
        let store = try await table("state-many")
        var long = Self.down
        long.errors = Array(repeating: String(repeating: "e", count: 300), count: 10)
        let entries = Dictionary(uniqueKeysWithValues: (0..<600).map { ("k\($0)", EndpointState?.some(long)) })
        #expect(try await store.save(entries, to: StateSnapshot(), until: farFuture))
        #expect(try await store.load(until: farFuture).endpoints.count == 600, "more than one page of 1 MB")
    }

    @Test func anObjectOfNonsenseIsOverwritten() async throws {
        let store = try await object("state-nonsense")
        _ = try await AWSClient(.s3, configuration: TestAWS.moto()).send(
            "PutObject", ["Bucket": "state-nonsense", "Key": "uptime/state.json"],
            body: .bytes(Array("{\"endpoints\":[".utf8)))
        let snapshot = try await store.load(until: farFuture)
        #expect(snapshot.endpoints.isEmpty)
        #expect(try await store.save(["k": Self.down], to: snapshot, until: farFuture))
        #expect(try await store.load(until: farFuture).endpoints == ["k": Self.down])
    }

    @Test func whatIsNotThereIsAnError() async throws {
        let object = try ObjectStateStore(bucket: "no-such-bucket-here", key: "k", aws: TestAWS.moto())
        let error = await #expect(throws: AWSError.self) { try await object.load(until: farFuture) }
        #expect(error?.code == "NoSuchBucket")
        let table = try TableStateStore(table: "no-such-table", checker: "a", aws: TestAWS.moto())
        let other = await #expect(throws: AWSError.self) { try await table.load(until: farFuture) }
        #expect(other?.code == "ResourceNotFoundException")
    }

    @Test func aRefusalSaysWhichPermissionMayBeMissing() async throws {
        let server = try ScriptedServer { _ in
            .http(403, body: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        }
        let aws = try TestAWS.configuration(TestAWS.environment(server.url))
        let store = try ObjectStateStore(bucket: "b", key: "k", aws: aws)
        let error = await #expect(throws: AWSError.self) { try await store.load(until: farFuture) }
        #expect(
            error?.message
                == "Access Denied (an object that is not there yet is refused like this without s3:ListBucket)")
    }
}
