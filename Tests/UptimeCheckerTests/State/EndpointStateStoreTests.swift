import AWS
import Basics
import Events
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// The state of the endpoints in memory, in a folder, and in moto's S3 and DynamoDB, as earlier versions wrote it.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct EndpointStateStoreTests {
    private static let down = EndpointState(state: .down, since: runTime, failedConditions: ["[STATUS] (5) == 2"])
    private static let up = EndpointState(state: .up, since: runTime + .seconds(60))

    private func object(_ bucket: String) async throws -> EndpointStateStore {
        let aws = try TestAWS.moto()
        _ = try await AWSClient(.s3, configuration: aws).call(
            "CreateBucket",
            ["Bucket": .string(bucket), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
        return try .object(bucket: bucket, key: "uptime/state.json", aws: aws)
    }

    private func table(_ name: String) async throws -> EndpointStateStore {
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
        return try .table(name, checker: "a", aws: aws)
    }

    /// What every store does.
    private func roundTrip(_ store: EndpointStateStore) async throws {
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
    private func conflict(_ store: EndpointStateStore) async throws {
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

    @Test func memory() async throws { try await roundTrip(.memory()) }

    @Test func aFolder() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "new/state").path
            try await roundTrip(.folder(path))
            #expect(try await EndpointStateStore.folder(path).load(until: farFuture).endpoints == ["g_a": Self.up])
            try await conflict(.folder(folder.appending(path: "other").path))
        }
    }

    @Test func aFolderThatCannotBeMade() async throws {
        let error = #expect(throws: UptimeCheckerError.self) { try EndpointStateStore.folder("/dev/null/state") }
        #expect(error?.code == .wrongConfiguration)
        #expect(error?.message.hasPrefix("UPTIME_STATE: the folder /dev/null/state cannot be made: ") == true)
    }

    @Test func anObject() async throws { try await roundTrip(object("state-round-trip")) }

    @Test func aTable() async throws { try await roundTrip(table("state-round-trip")) }

    @Test func anObjectThatAnotherWrote() async throws { try await conflict(object("state-conflict")) }

    @Test func anItemThatAnotherWrote() async throws { try await conflict(table("state-conflict")) }

    @Test func aTableServesSeveralCheckers() async throws {
        let one = try await table("state-shared")
        let other = try EndpointStateStore.table("state-shared", checker: "b", aws: TestAWS.moto())
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

    /// What earlier versions have stored is read, and replaced.
    @Test func anItemOfAnEarlierVersion() async throws {
        let store = try await table("state-earlier")
        let text = #"{"state":"down","since":1800000000000000,"conditions":["[STATUS] (5) == 2"]}"#
        _ = try await AWSClient(.dynamoDB, configuration: TestAWS.moto()).call(
            "PutItem",
            [
                "TableName": "state-earlier",
                "Item": ["checker": ["S": "a"], "endpoint": ["S": "g_a"], "entry": ["S": .string(text)]],
            ])
        let snapshot = try await store.load(until: farFuture)
        #expect(snapshot.endpoints["g_a"]?.since == Timestamp(microseconds: 1_800_000_000_000_000))
        #expect(try await store.save(["g_a": Self.up], to: snapshot, until: farFuture))
        #expect(try await store.load(until: farFuture).endpoints == ["g_a": Self.up])
    }
}
