import AWS
import Basics
import Foundation
import JSON
import StateStore
import Synchronization
import TestSupport
import Transport

/// The four stores; each test gets an empty one.
enum StoreKind: String, CaseIterable, Sendable {
    case memory, folder, bucket, table

    /// Those that can run here.
    static var available: [StoreKind] { allCases.filter { Workspace.hasPython || !$0.isInMoto } }

    private var isInMoto: Bool { self == .bucket || self == .table }

    /// Runs a test with two processes' views of one store.
    func run(_ test: (_ store: StateStore, _ other: StateStore) async throws -> Void) async throws {
        switch self {
        case .memory:
            let store = StateStore.memory()
            try await test(store, store)
        case .folder:
            try await Workspace.withTemporaryFolder { folder in
                try await test(.folder(folder.path), .folder(folder.path))
            }
        case .bucket:
            let name = "store-\(Moto.next())"
            try await Moto.makeBucket(name)
            try await test(
                .bucket(name, prefix: "state/", aws: Moto.aws()), .bucket(name, prefix: "state/", aws: Moto.aws()))
        case .table:
            let name = "store-\(Moto.next())"
            try await Moto.makeTable(name, key: "id", sortKey: nil)
            try await test(.table(name, .plain, aws: Moto.aws()), .table(name, .plain, aws: Moto.aws()))
        }
    }
}

extension TableLayout {
    static let plain = TableLayout(key: "id", document: "entry", expires: "expires")
}

/// AWS in memory, and AWS at any other server.
enum Moto {
    private static let loop = Result { try EventLoop.onOwnThread() }
    private static let count = Atomic(0)

    /// A number that no other test has.
    static func next() -> Int { count.add(1, ordering: .relaxed).newValue }

    static func aws() throws -> AWSConfiguration { try aws(MotoServer.shared.get().environment) }

    static func aws(at url: String) throws -> AWSConfiguration {
        try aws([
            "AWS_ENDPOINT_URL": url, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        ])
    }

    /// Pauses between attempts take no time.
    private static func aws(_ environment: [String: String]) throws -> AWSConfiguration {
        try AWSConfiguration(
            environment: environment, http: HTTPClient(loop: loop.get()),
            time: TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 }))
    }

    static func makeBucket(_ name: String) async throws {
        _ = try await AWSClient(.s3, configuration: aws()).call(
            "CreateBucket",
            ["Bucket": .string(name), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
    }

    static func makeTable(_ name: String, key: String, sortKey: String?) async throws {
        let keys = [(key, "HASH")] + (sortKey.map { [($0, "RANGE")] } ?? [])
        _ = try await AWSClient(.dynamoDB, configuration: aws()).call(
            "CreateTable",
            [
                "TableName": .string(name), "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": .array(keys.map { ["AttributeName": .string($0.0), "KeyType": .string($0.1)] }),
                "AttributeDefinitions": .array(
                    keys.map { ["AttributeName": .string($0.0), "AttributeType": "S"] }),
            ])
    }
}

/// The end of the time of calls in tests that are not about it.
let farFuture = Timestamp.now() + .seconds(3_600)
