import AWS
import Basics
import Events
import JSON
import StateStore
import TestSupport
import Testing

@testable import UptimeChecker

/// A heartbeat that comes, is missing, and comes again: runs and pushes of the whole handler, on a clock of its own.
@Suite(.timeLimit(.minutes(2))) struct HeartbeatTests {
    private let clock = TestClock(.now())

    private func function(_ url: String, _ variables: [String: String] = [:]) async throws -> TestFunction {
        let all = [
            "UPTIME_CONFIG_TEXT": ExternalFileTests.example + "\n  - {name: quiet, token: x}",
            "UPTIME_METRICS": "standard",
        ]
        return try await TestFunction(
            all.merging(variables) { $1 }, aws: url,
            // Time stands while a run lasts.
            time: clock.source(realSleep: { try await Task.sleep(for: $0) }))
    }

    private func run(_ function: TestFunction, _ event: String = "{}") async throws -> JSONValue {
        try await function.invoke(event, at: clock.now)
    }

    private func push(_ function: TestFunction, success: Bool = true) async throws -> Int64? {
        let event = ExternalRequestTests.event(
            "/api/v1/endpoints/core_ext-ep-test/external?success=\(success)", token: "Bearer potato")
        return try await function.invoke(event.description, at: clock.now)["statusCode"]?.intValue
    }

    private func success(_ server: ScriptedServer) throws -> [Double] {
        try server.requests.flatMap { request in
            (try JSONValue(parsing: request.body)["MetricData"]?.arrayValue ?? []).filter {
                $0["MetricName"] == "success"
            }
            .compactMap { $0["Value"]?.doubleValue }
        }
    }

    @Test("the first heartbeat has an interval, a missing one is down once in each, and a push ends it")
    func life() async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        let function = try await function(server.url)
        #expect(try await run(function)["heartbeats"] == 1)
        clock.advance(.seconds(1_800))
        #expect(try await run(function)["changes"] == [])
        #expect(try success(server) == [], "no result without a push")
        clock.advance(.seconds(1))
        let missing = try await run(function)
        #expect(missing["changes"] == [["endpoint": "core/ext-ep-test", "state": "down"]])
        let error = missing["endpointsDown"]?[0]?["errors"]?[0]?.stringValue ?? ""
        #expect(error.hasPrefix("heartbeat: no update received within 30 m (none since "), "\(error)")
        clock.advance(.seconds(60))
        #expect(try await run(function)["checked"] == 0)
        #expect(try await run(function, #"{"endpoints": ["core/ext-ep-test"]}"#)["checked"] == 0)
        clock.advance(.seconds(1_700))
        #expect(try await run(function)["checked"] == 0)
        clock.advance(.seconds(40))
        #expect(try await run(function)["checked"] == 1)
        #expect(try success(server) == [0, 0])
        #expect(try await push(function) == 200)
        #expect(function.log.logged("state changed").compactMap { $0["state"]?.stringValue } == ["down", "up"])
        clock.advance(.seconds(1_800))
        #expect(try await run(function)["checked"] == 0)
        clock.advance(.seconds(1))
        #expect(try await run(function)["down"] == 1)
        #expect(try success(server) == [0, 0, 1, 0])
    }

    @Test("what nobody could push because nothing ran is not missed")
    func sinceTheStart() async throws {
        let store = EndpointStateStore.memory()
        var (endpoint, state) = (ExternalEndpoint(name: "n", group: "g", token: "t"), EndpointState())
        (endpoint.heartbeat, state.heardAt) = (.seconds(60), runTime)
        _ = try await store.save(["g_n": state], to: try await store.load(until: farFuture), until: farFuture)
        let time = TimeSource(now: { runTime + .seconds(3_600) }, sleep: { _ in }, random: { 0 })
        for (since, count) in [(nil, 1), (3_560, 0), (3_500, 1)] as [(Int?, Int)] {
            let watch = HeartbeatWatch(store: store, time: time, since: since.map { runTime + .seconds($0) })
            #expect(try await watch.missing(among: [endpoint], until: farFuture).count == count)
        }
    }

    @Test("a failure that is pushed is a heartbeat, too")
    func failures() async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        let function = try await function(server.url)
        #expect(try await push(function, success: false) == 200)
        clock.advance(.seconds(1_800))
        #expect(try await run(function)["checked"] == 0)
        clock.advance(.seconds(1))
        let run = try await run(function)
        #expect(run["checked"] == 1)
        #expect(run["changes"] == [], "it was down before")
    }

    @Test("an endpoint without a heartbeat is never missed, nor chosen by name")
    func quiet() async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        let function = try await function(server.url)
        let error = await #expect(throws: UptimeCheckerError.self) {
            try await run(function, #"{"endpoints": ["quiet"]}"#)
        }
        #expect(error?.message == #"no endpoint or suite is named "quiet": external endpoint quiet is not checked"#)
    }

    @Test("without the state nobody knows whether a heartbeat is missing: none is down, and the run fails")
    func stateIsDenied() async throws {
        let server = try ScriptedServer { request in
            (request["X-Amz-Target"] ?? "").hasPrefix("DynamoDB")
                ? .http(400, body: #"{"__type":"AccessDeniedException","message":"no"}"#) : .http(200, body: "{}")
        }
        let function = try await function(server.url, ["UPTIME_STATE": "dynamodb://t"])
        let error = await #expect(throws: UptimeCheckerError.self) { try await run(function) }
        #expect(error?.code == .notWritten)
        #expect(
            error?.message.hasPrefix("heartbeats not judged, the next run tries again: ") == true, "\(error as Any)")
        #expect(try success(server) == [])
    }

    @Test("state in memory is named as odd where heartbeats are expected")
    func memory() async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        for (variables, count) in [([:], 1), (["UPTIME_CONFIG_TEXT": PushTests.file], 0)] {
            let function = try await function(server.url, variables)
            _ = try await run(function)
            #expect(function.log.logged("odd configuration").count == count)
        }
    }

    @Test("a missing heartbeat in a maintenance window is told after it")
    func maintenance() async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        let day = ExternalFileTests.example.replacing(
            "    heartbeat:", with: "    maintenance-windows: [{start: \"00:00\", duration: 24h}]\n    heartbeat:")
        let function = try await function(server.url, ["UPTIME_CONFIG_TEXT": day])
        _ = try await run(function)
        clock.advance(.seconds(1_801))
        let answer = try await run(function)
        #expect(answer["inMaintenance"] == 1)
        #expect(answer["changes"] == [])
    }

    // MARK: Several at once

    private static func table(_ name: String) async throws {
        _ = try await AWSClient(.dynamoDB, configuration: try TestAWS.moto()).call(
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
    }

    @Test(
        "a push to one instance is the heartbeat that another one waits for",
        .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func instances() async throws {
        let moto = try MotoServer.shared.get()
        try await Self.table("heartbeats")
        let state = ["UPTIME_STATE": "dynamodb://heartbeats"]
        let (one, other) = (try await function(moto.url, state), try await function(moto.url, state))
        _ = try await run(one)
        clock.advance(.seconds(1_500))
        #expect(try await push(other) == 200)
        clock.advance(.seconds(1_500))
        #expect(try await run(one)["checked"] == 0)
        clock.advance(.seconds(301))
        #expect(try await run(other)["changes"] == [["endpoint": "core/ext-ep-test", "state": "down"]])
        #expect(try await run(one)["changes"] == [], "the other one has told it")
        #expect(try await push(one) == 200)
        #expect(one.log.logged("state changed").compactMap { $0["state"]?.stringValue } == ["up"])
    }

    @Test(
        "runs and pushes that save at the same time lose nothing",
        .enabled(if: Workspace.hasPython, "run ./build.sh setup"),
        arguments: ["s3", "dynamodb"])
    func together(store: String) async throws {
        let moto = try MotoServer.shared.get()
        let name = "together-\(store)"
        if store == "s3" {
            _ = try await AWSClient(.s3, configuration: try TestAWS.moto()).call(
                "CreateBucket",
                ["Bucket": .string(name), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
        } else {
            try await Self.table(name)
        }
        let endpoints = (0..<4).map { "  - {name: e\($0), token: t, heartbeat: {interval: 10s}}" }
        let variables = [
            "UPTIME_STATE": store == "s3" ? "s3://\(name)/state.json" : "dynamodb://\(name)",
            "UPTIME_CONFIG_TEXT": (["external-endpoints:"] + endpoints).joined(separator: "\n"),
        ]
        let (one, other) = (try await function(moto.url, variables), try await function(moto.url, variables))
        _ = try await run(one)
        clock.advance(.seconds(11))
        // All are missing for the runs, and the pushes say that two fail.
        let statuses = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for function in [one, other] {
                group.addTask {
                    _ = try await run(function)
                    return nil
                }
            }
            for number in 0..<4 {
                let event = ExternalRequestTests.event(
                    "/api/v1/endpoints/_e\(number)/external?success=\(number < 2)", token: "Bearer t")
                let function = number % 2 == 0 ? one : other
                group.addTask { try await function.invoke(event.description, at: clock.now)["statusCode"]?.intValue }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.compactMap(\.self) == [200, 200, 200, 200])
        let aws = try TestAWS.moto()
        let kept: EndpointStateStore =
            store == "s3"
            ? try .object(bucket: name, key: "state.json", aws: aws)
            : try .table(name, checker: "uptime-checker", aws: aws)
        let states = try await kept.load(until: farFuture).endpoints
        #expect((0..<4).map { states["_e\($0)"]?.state } == [.up, .up, .down, .down])
        #expect(states.values.allSatisfy { $0.heardAt == clock.now })
    }
}
