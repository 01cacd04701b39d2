import AWS
import Basics
import Foundation
import JSON
import StateStore
import Synchronization
import TestSupport
import Transport

@testable import Experiments

/// The end of the time of calls in tests that are not about it.
let farFuture = Timestamp.now() + .seconds(36_000)

/// AWS in memory.
enum SafetyMoto {
    private static let loop = Result { try EventLoop.onOwnThread() }
    private static let count = Atomic(0)

    /// A name that no other test has.
    static func name(_ text: String) -> String { "\(text)-\(count.add(1, ordering: .relaxed).newValue)" }

    static func aws(region: String = "eu-central-1") throws -> AWSConfiguration {
        // Pauses between attempts take no time.
        try AWSConfiguration(
            environment: MotoServer.shared.get().environment, region: region, http: HTTPClient(loop: loop.get()),
            time: TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 }))
    }

    static func makeBucket(_ name: String) async throws {
        _ = try await AWSClient(.s3, configuration: aws()).call(
            "CreateBucket",
            ["Bucket": .string(name), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
    }
}

/// A store for each kind that a ledger can be in.
enum LedgerStore: String, CaseIterable, Sendable {
    case memory, folder, bucket, table

    /// Those that can run here.
    static var available: [LedgerStore] { allCases.filter { Workspace.hasPython || $0 == .memory || $0 == .folder } }

    /// Runs a test with an empty store.
    func run(_ test: (StateStore) async throws -> Void) async throws {
        switch self {
        case .memory: try await test(.memory())
        case .folder: try await Workspace.withTemporaryFolder { try await test(.folder($0.path)) }
        case .bucket:
            let name = SafetyMoto.name("ledger")
            try await SafetyMoto.makeBucket(name)
            try await test(.bucket(name, prefix: "chaos/", aws: SafetyMoto.aws()))
        case .table:
            let name = SafetyMoto.name("ledger")
            _ = try await AWSClient(.dynamoDB, configuration: SafetyMoto.aws()).call(
                "CreateTable",
                [
                    "TableName": .string(name), "BillingMode": "PAY_PER_REQUEST",
                    "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
                    "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
                ])
            let layout = TableLayout(key: "id", document: "entry", expires: "expires")
            try await test(.table(name, layout, aws: SafetyMoto.aws()))
        }
    }
}

extension StateStore {
    /// Calls a body before and after each write and removal; when it throws, the caller gets that instead of an answer.
    func watched(_ body: @escaping @Sendable () throws -> Void) -> StateStore {
        StateStore(
            read: { try await self.document($0, until: $1) }, readAll: { try await self.documents(until: $0) },
            write: { text, key, condition, expires, deadline in
                try body()
                let outcome = try await self.write(text, to: key, if: condition, expires: expires, until: deadline)
                try body()
                return outcome
            },
            remove: { key, condition, deadline in
                try body()
                let outcome = try await self.remove(key, if: condition, until: deadline)
                try body()
                return outcome
            })
    }
}

/// A loop for invocations that never wait on it.
let idleLoop = Result { try EventLoop.onOwnThread() }

/// A configuration for activities that call nothing.
func offlineAWS() throws -> AWSConfiguration {
    struct Nothing: HTTPExecuting {
        func execute(_ request: HTTPRequest) async throws -> HTTPResponse { throw CancellationError() }
    }
    return try AWSConfiguration(
        environment: awsVariables(at: "http://127.0.0.1:9"), http: Nothing(),
        time: TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 }))
}

extension Locked<Int> {
    /// Counts up, from 1.
    func next() -> Int {
        withLock { count in
            count += 1
            return count
        }
    }
}
