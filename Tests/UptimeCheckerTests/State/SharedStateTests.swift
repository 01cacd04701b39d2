import AWS
import Basics
import Events
import Foundation
import JSON
import Synchronization
import TestSupport
import Testing

@testable import UptimeChecker

/// Shards with one state, in moto's DynamoDB and S3: whole functions that check a real server, with a scripted SNS.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct SharedStateTests {
    /// What the functions of a test have in common.
    private struct Bench {
        static let names = (0..<24).map { "e\($0)" }
        let site: ScriptedServer
        let amazon: ScriptedServer
        let state: String

        /// - Parameter state: `UPTIME_STATE`.
        static func make(state: String) throws -> Bench {
            let broken = Broken()
            let site = try ScriptedServer { request in
                .http(broken.names.withLock { $0 }.contains(String(request.target.dropFirst())) ? 500 : 200, body: "-")
            }
            let amazon = try ScriptedServer { request in
                request.text.hasPrefix("Action=PublishBatch")
                    ? ChangeTrackerTests.answer(request) : .http(200, body: "{}")
            }
            return Bench(site: site, amazon: amazon, state: state, broken: broken)
        }

        private init(site: ScriptedServer, amazon: ScriptedServer, state: String, broken: Broken) {
            (self.site, self.amazon, self.state, self.broken) = (site, amazon, state, broken)
        }

        private let broken: Broken

        private final class Broken: Sendable { let names = Mutex<Set<String>>([]) }

        func take(down names: Set<String>) { broken.names.withLock { $0 = names } }

        /// A new process of a function; of a function without shards for one.
        func function(_ number: Int, of count: Int, _ variables: [String: String] = [:]) async throws -> TestFunction {
            let file =
                "endpoints:\n"
                + Self.names.map { name in
                    "  - {name: \(name), group: g, url: '\(site.url)/\(name)', conditions: ['[STATUS] == 200']}\n"
                }.joined()
            var environment = [
                "UPTIME_CONFIG_TEXT": file, "UPTIME_STATE": state,
                "UPTIME_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:changes",
                "AWS_ENDPOINT_URL_SNS": amazon.url, "AWS_ENDPOINT_URL_CLOUDWATCH": amazon.url,
            ]
            if count > 1 { environment["UPTIME_SHARD"] = "\(number)/\(count)" }
            return try await TestFunction(
                environment.merging(variables) { $1 }, aws: MotoServer.shared.get().url)
        }

        /// Runs all shards at the same time, each in a new process.
        /// - Returns: how many endpoints were checked, and their answers.
        func run(shards count: Int, _ variables: [String: String] = [:]) async throws -> [JSONValue] {
            try await withThrowingTaskGroup(of: JSONValue.self) { group in
                for number in 1...count {
                    group.addTask {
                        try await function(number, of: count, variables).invoke(#"{"endpoints":[]}"#)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }

        /// What was published: `e3 down`, in the order of the names, and the ids.
        func published() throws -> [(text: String, id: String)] {
            try amazon.requests.flatMap { request in
                let fields = ChangeTrackerTests.form(request)
                return try (1...10).compactMap { fields["PublishBatchRequestEntries.member.\($0).Message"] }
                    .map { try UptimeChange(JSONValue(parsing: $0)) }
                    .map { ("\($0.endpoint.name) \($0.state.rawValue)", $0.id) }
            }.sorted { $0.0 < $1.0 }
        }
    }

    private func table(_ name: String) async throws -> String {
        _ = try await AWSClient(.dynamoDB, configuration: TestAWS.moto()).call(
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
        return "dynamodb://\(name)/web"
    }

    private func object(_ bucket: String) async throws -> String {
        _ = try await AWSClient(.s3, configuration: TestAWS.moto()).call(
            "CreateBucket",
            ["Bucket": .string(bucket), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
        return "s3://\(bucket)/uptime/state.json"
    }

    /// An outage, a change of the number of shards in it, its end, and another change.
    private func outageWithMoves(_ bench: Bench) async throws {
        let down: Set = ["e1", "e2", "e5", "e8", "e13", "e21"]
        bench.take(down: down)
        #expect(try await bench.run(shards: 1).compactMap { $0["checked"]?.intValue } == [24])
        let told = down.sorted().map { "\($0) down" }
        #expect(try bench.published().map(\.text) == told)
        for count in [3, 2, 4] {
            let answers = try await bench.run(shards: count)
            #expect(answers.compactMap { $0["checked"]?.intValue }.reduce(0, +) == 24, "each has one shard")
            #expect(answers.allSatisfy { $0["failures"] == nil }, "\(answers)")
            #expect(try bench.published().map(\.text) == told, "no second DOWN with \(count) shards")
            let since = answers.flatMap { $0["endpointsDown"]?.arrayValue ?? [] }.filter { $0["since"] != nil }
            #expect(since.count == 6, "the start of the outage is known")
        }
        bench.take(down: [])
        _ = try await bench.run(shards: 5)
        let both = (told + down.map { "\($0) up" }).sorted()
        let changes = try bench.published()
        #expect(changes.map(\.text) == both, "no lost UP")
        let times = Dictionary(grouping: changes) { $0.text.prefix { $0 != " " } }.mapValues { changes in
            Set(changes.map { $0.id.split(separator: ":").last ?? "" })
        }
        #expect(times.values.allSatisfy { $0.count == 1 }, "down and up are of one outage: \(times)")
        _ = try await bench.run(shards: 1)
        #expect(try bench.published().map(\.text) == both)
    }

    @Test func aTableInAnOutageWithMoves() async throws {
        try await outageWithMoves(.make(state: table("shards-moves")))
    }

    @Test func anObjectInAnOutageWithMoves() async throws {
        try await outageWithMoves(.make(state: object("shards-moves")))
    }

    @Test func aFolderInAnOutageWithMoves() async throws {
        try await Workspace.withTemporaryFolder { folder in
            try await outageWithMoves(.make(state: "file://\(folder.appending(path: "state").path)"))
        }
    }

    /// All shards find all of their endpoints down in the same moment.
    private func outageAtOnce(_ bench: Bench) async throws {
        bench.take(down: Set(Bench.names))
        for _ in 1...2 {
            let answers = try await bench.run(shards: 8)
            #expect(answers.allSatisfy { $0["failures"] == nil }, "\(answers)")
        }
        #expect(try bench.published().map(\.text) == Bench.names.map { "\($0) down" }.sorted())
        let one = try await bench.run(shards: 1)
        #expect(one[0]["endpointsDown"]?.arrayValue?.count { $0["since"] != nil } == 24, "all shards have saved theirs")
        #expect(try bench.published().count == 24)
    }

    @Test func aTableThatAllShardsWriteAtOnce() async throws {
        try await outageAtOnce(.make(state: table("shards-at-once")))
    }

    @Test func anObjectThatAllShardsWriteAtOnce() async throws {
        try await outageAtOnce(.make(state: object("shards-at-once")))
    }

    @Test func aFolderThatAllShardsWriteAtOnce() async throws {
        try await Workspace.withTemporaryFolder { folder in
            try await outageAtOnce(.make(state: "file://\(folder.appending(path: "state").path)"))
        }
    }

    @Test func failuresAreCountedOnWhenAnEndpointMoves() async throws {
        let bench = try Bench.make(state: await table("shards-count"))
        let three = ["UPTIME_FAILURE_THRESHOLD": "3"]
        bench.take(down: ["e3", "e4"])
        _ = try await bench.run(shards: 1, three)
        _ = try await bench.run(shards: 2, three)
        #expect(try bench.published().isEmpty)
        _ = try await bench.run(shards: 7, three)
        #expect(try bench.published().map(\.text) == ["e3 down", "e4 down"])
    }

    @Test("in the moment of a change the old function and the new shards check the same endpoints")
    func oldAndNewAtTheSameTime() async throws {
        let bench = try Bench.make(state: await table("shards-both"))
        bench.take(down: Set(Bench.names.prefix(6)))
        async let old = bench.run(shards: 1)
        async let new = bench.run(shards: 3)
        _ = try await (old, new)
        _ = try await bench.run(shards: 3)
        let ids = Dictionary(grouping: try bench.published()) { $0.text }.mapValues { Set($0.map(\.id)) }
        #expect(Set(ids.keys) == Set(Bench.names.prefix(6).map { "\($0) down" }))
        #expect(ids.values.allSatisfy { $0.count == 1 }, "a change that both tell has one id: \(ids)")
    }
}
