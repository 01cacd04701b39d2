import Basics
import Configuration
import Testing

@testable import UptimeChecker

/// Which shard has which endpoint.
@Suite struct ShardTests {
    private static let keys = (0..<20_000).map { "bench_e\($0)" }

    @Test(arguments: [
        ("1/1", (1, 1)), ("2/8", (2, 8)), ("8/8", (8, 8)), ("1000/1000", (1_000, 1_000)), ("02/08", (2, 8)),
    ])
    func aShard(text: String, expected: (Int, Int)) throws {
        let shard = try #require(Shard(text))
        #expect(shard.number == expected.0)
        #expect(shard.count == expected.1)
        #expect("\(shard)" == "\(expected.0)/\(expected.1)")
    }

    @Test(arguments: [
        "", "2", "2/", "/8", "0/8", "9/8", "0/0", "1/0", "1/1001", "-1/8", "+1/8", "1/ 8", "1/8/1", "a/b", "1.5/8",
        "٢/٨", "99999999999999999999/8",
    ])
    func noShard(text: String) { #expect(Shard(text) == nil) }

    /// Computed by another program from the papers' formulas.
    ///
    /// A shard that has other endpoints than in the version
    /// before would be a second function that tells of the same outage: these numbers never change.
    @Test(arguments: [
        ("_web", [1, 2, 2, 6, 11, 900]), ("shop_front-page", [1, 1, 1, 8, 8, 623]),
        ("shop_checkout", [1, 2, 2, 2, 72, 362]), ("core_größe", [1, 2, 2, 8, 38, 117]),
        ("g_e0", [1, 1, 1, 1, 70, 510]), ("g_e1", [1, 1, 1, 4, 20, 397]), ("g_e999", [1, 2, 2, 6, 81, 584]),
    ])
    func theShardOfAnEndpointNeverChanges(key: String, expected: [Int]) {
        #expect([1, 2, 3, 8, 100, 1_000].map { Shard.number(of: key, among: $0) } == expected)
    }

    @Test("no shard is off the mean by more than 5 standard deviations", arguments: [2, 3, 8, 32, 100])
    func shardsAreEven(count: Int) {
        let sizes = Dictionary(grouping: Self.keys) { Shard.number(of: $0, among: count) }.mapValues(\.count)
        let mean = Double(Self.keys.count) / Double(count)
        let tolerance = 5 * (mean * (1 - 1 / Double(count))).squareRoot()
        #expect(sizes.count == count)
        #expect(sizes.values.allSatisfy { abs(Double($0) - mean) <= tolerance }, "\(sizes)")
    }

    @Test("one more shard takes its part from the others, and nothing else moves", arguments: [1, 2, 7, 31, 99])
    func aFurtherShardMovesAsLittleAsPossible(count: Int) {
        let moves = Self.keys.map { (Shard.number(of: $0, among: count), Shard.number(of: $0, among: count + 1)) }
            .filter { $0.0 != $0.1 }
        #expect(moves.allSatisfy { $0.1 == count + 1 })
        let part = Double(Self.keys.count) / Double(count + 1)
        #expect(abs(Double(moves.count) - part) <= 5 * part.squareRoot(), "\(moves.count) moved, \(part) have to")
    }

    private static let file = """
        endpoints:
        \((0..<40).map { "  - {name: e\($0), group: g, url: 'https://e\($0).example.com', conditions: ['[STATUS] == 200']}" }
            .joined(separator: "\n"))
        suites:
        \((0..<20).map { number in
            """
              - name: s\(number)
                endpoints:
                  - {name: one, url: 'https://a.example.com', conditions: ['[STATUS] == 200']}
                  - {name: two, url: 'https://b.example.com', conditions: ['[STATUS] == 200']}
            """
        }.joined(separator: "\n"))
        external-endpoints:
        \((0..<20).map { "  - {name: x\($0), token: t}" }.joined(separator: "\n"))
        """

    @Test func theShardsOfAFileAreTheWholeFile() throws {
        let whole = try UptimeConfiguration(parsing: Array(Self.file.utf8), environment: [:])
        #expect(whole.part(of: nil).endpoints.count == 40)
        let parts = (1...4).compactMap { Shard("\($0)/4") }.map { whole.part(of: $0) }
        #expect(parts.map(\.shard?.description) == ["1/4", "2/4", "3/4", "4/4"])
        for part in parts {
            #expect(!part.endpoints.isEmpty)
            #expect(!part.suites.isEmpty)
            #expect(part.suites.allSatisfy { $0.steps.count == 2 }, "a suite is in one shard as a whole")
        }
        #expect(parts.flatMap(\.endpoints).map(\.key).sorted() == whole.endpoints.map(\.key).sorted())
        #expect(parts.flatMap(\.suites).map(\.key).sorted() == whole.suites.map(\.key).sorted())
        #expect(parts.flatMap(\.notChecked).map(\.key).sorted() == whole.notChecked.map(\.key).sorted())
        #expect(parts[1].endpoints.map(\.key) == whole.endpoints.map(\.key).filter { parts[1].shard?.has($0) == true })
    }

    @Test func aNameOfAnotherShard() throws {
        let whole = try UptimeConfiguration(parsing: Array(Self.file.utf8), environment: [:])
        let shard = try #require(Shard("1/4"))
        let other = try #require(whole.endpoints.first { !shard.has($0.key) })
        let error = #expect(throws: UptimeCheckerError.self) {
            try whole.part(of: shard).selection(named: [other.displayName])
        }
        #expect(
            error?.message == "no endpoint or suite is named \"\(other.displayName)\": this is shard 1/4, and the name "
                + "may be of another one: tocsin check FILE --shard 1/4 shows which are here")
    }

    private func configuration(_ variables: [String: String]) throws -> UptimeChecker.Configuration {
        let given = ["AWS_REGION": "r", "AWS_LAMBDA_FUNCTION_NAME": "f-2", "UPTIME_CONFIG_TEXT": "endpoints: []"]
        return try .init(environment: Environment(given.merging(variables) { $1 }))
    }

    @Test func theVariable() throws {
        #expect(try configuration([:]).settings.shard == nil)
        let state = "s3://states/web.json"
        #expect(
            try configuration(["UPTIME_SHARD": "2/8", "UPTIME_STATE": state]).settings.shard == Shard("2/8"))
        let error = #expect(throws: ConfigurationError.self) {
            try configuration(["UPTIME_SHARD": "9/8", "UPTIME_STATE": state])
        }
        #expect(
            error?.description
                == #"UPTIME_SHARD is "9/8", expected the number of this shard and how many there are, such as 2/8: "#
                + "1/1 to 1000/1000")
    }

    @Test("shards cannot each have a state of their own by the function's name")
    func theNameOfTheState() throws {
        let table = "dynamodb://states"
        #expect(try configuration(["UPTIME_STATE": table]).state == .table("states", checker: "f-2"))
        let shard = ["UPTIME_SHARD": "2/8"]
        #expect(
            try configuration(shard.merging(["UPTIME_STATE": table + "/web"]) { $1 }).state
                == .table("states", checker: "web"))
        let error = #expect(throws: ConfigurationError.self) {
            try configuration(shard.merging(["UPTIME_STATE": table]) { $1 })
        }
        #expect(error?.description.contains("with UPTIME_SHARD the shards share one state") == true, "\(error as Any)")
    }

    @Test("shards have no state in memory, where pushes and heartbeats would not meet", arguments: [nil, "memory"])
    func noStateInMemory(state: String?) throws {
        var variables = ["UPTIME_SHARD": "2/8"]
        variables["UPTIME_STATE"] = state
        let error = #expect(throws: ConfigurationError.self) { try configuration(variables) }
        #expect(error?.description.contains("the shards of a file share one state: s3://") == true, "\(error as Any)")
    }
}
