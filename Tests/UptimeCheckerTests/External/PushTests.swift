import AWS
import Basics
import Events
import FunctionRuntime
import JSON
import StateStore
import TestSupport
import Testing

@testable import UptimeChecker

/// Pushes to the whole handler, with a scripted AWS that denies what it is told to.
@Suite(.timeLimit(.minutes(1))) struct PushTests {
    static let file = "external-endpoints: [{name: n, group: g, token: token}]"
    static let topic = "arn:aws:sns:eu-central-1:123456789012:changes"

    /// What of AWS denies.
    private struct Denied: OptionSet {
        let rawValue: Int
        static let metrics = Denied(rawValue: 1)
        static let topic = Denied(rawValue: 2)
        static let state = Denied(rawValue: 4)
    }

    private static let published = Reply.http(
        200,
        body: "<R><PublishBatchResult><Successful><member><Id>0</Id></member></Successful></PublishBatchResult></R>")
    private static let denial = Reply.http(400, body: #"{"__type":"AccessDeniedException","message":"no"}"#)

    private static func amazon(_ denied: Locked<Denied>) throws -> ScriptedServer {
        try ScriptedServer { request in
            let denied = denied.withLock { $0 }
            if request.text.hasPrefix("Action=PublishBatch") {
                return denied.contains(.topic)
                    ? .http(403, body: "<R><Error><Code>AuthorizationError</Code></Error></R>") : published
            }
            let target = request["X-Amz-Target"] ?? ""
            if target.hasPrefix("DynamoDB") {
                if denied.contains(.state) { return denial }
                return .http(200, body: target.hasSuffix("Query") ? #"{"Items":[],"Count":0}"# : "{}")
            }
            return denied.contains(.metrics) ? denial : .http(200, body: "{}")
        }
    }

    private static func push(_ query: String, token: String = "Bearer token") -> String {
        ExternalRequestTests.event("\(ExternalRequestTests.path)?\(query)", token: token).description
    }

    private func function(_ amazon: ScriptedServer, _ variables: [String: String] = [:]) async throws -> TestFunction {
        let all = ["UPTIME_CONFIG_TEXT": Self.file, "UPTIME_TOPIC_ARN": Self.topic, "UPTIME_STATE": "dynamodb://t"]
        return try await TestFunction(all.merging(variables) { $1 }, aws: amazon.url)
    }

    @Test func aPush() async throws {
        let amazon = try Self.amazon(Locked([]))
        let function = try await function(amazon)
        let answer = try await function.invoke(Self.push("success=false&error=disk+full"))
        #expect(answer["statusCode"] == 200)
        #expect(answer["body"] == "")
        #expect(function.log.logged("state changed").count == 1)
        #expect(function.log.logged("result pushed").first?["endpoint"] == "g/n")
        let message = try #require(amazon.requests.first { $0.text.hasPrefix("Action=PublishBatch") }).text
        #expect(message.contains("%22errors%22%3A%5B%22disk+full%22%5D"), "\(message)")
        let written = try #require(amazon.requests.last { ($0["X-Amz-Target"] ?? "").hasSuffix("PutItem") }).text
        #expect(written.contains(#"\"state\":\"down\""#), "\(written)")
        #expect(written.contains(#"\"heard\":"#), "\(written)")
        for text in function.log.lines + amazon.requests.map(\.text) { #expect(!text.contains("Bearer token")) }
    }

    @Test("a push that is not all stored is answered with 503, whatever UPTIME_FAIL_ON says", arguments: [1, 2, 4, 7])
    func denied(bits: Int) async throws {
        let denied = Locked(Denied(rawValue: bits))
        let amazon = try Self.amazon(denied)
        let function = try await function(amazon, ["UPTIME_FAIL_ON": "nothing"])
        let answer = try await function.invoke(Self.push("success=false"))
        #expect(answer["statusCode"] == 503)
        #expect(answer["headers"]?["Retry-After"] == "5")
        let body = answer["body"]?.stringValue ?? ""
        #expect(body.hasPrefix("not stored, send it again: "), "\(body)")
        #expect(!body.contains("AccessDenied"), "what is inside is for the log")
        #expect(!function.log.logged("push incomplete").isEmpty)
        denied.withLock { $0 = [] }
        #expect(try await function.invoke(Self.push("success=false"))["statusCode"] == 200)
    }

    @Test("nothing is called for a request that is refused, and no request starts a run")
    func refused() async throws {
        let amazon = try Self.amazon(Locked([]))
        let function = try await function(amazon)
        let get = ExternalRequestTests.event("/", method: "GET", body: #"{"endpoints":[]}"#).description
        let requests = [(Self.push("success=true", token: "Bearer x"), 401), (Self.push(""), 400), (get, 404)]
        for (request, status) in requests {
            let answer = try await function.invoke(request)
            #expect(answer["statusCode"]?.intValue == Int64(status))
            #expect(answer["headers"]?["Content-Type"] == "text/plain; charset=utf-8")
        }
        #expect(amazon.requests.isEmpty)
        #expect(function.log.logged("push refused").count == 3)
        #expect(function.log.logged("endpoints checked").isEmpty)
    }

    @Test("a success after a failure is UP, and a repeated push tells nothing")
    func sequence() async throws {
        let amazon = try Self.amazon(Locked([]))
        let function = try await function(amazon, ["UPTIME_STATE": "memory"])
        for (query, changes) in [("true", 0), ("false", 1), ("false", 1), ("true", 2), ("true", 2)] {
            #expect(try await function.invoke(Self.push("success=\(query)"))["statusCode"] == 200)
            #expect(function.log.logged("state changed").count == changes)
        }
    }

    @Test("an id stays the same when a change was published but not saved")
    func publishedTwice() async throws {
        let saves = Locked(0)
        let memory = StateStore.memory()
        // The start of the outage is saved, the change behind it is not.
        let store = StateStore(
            read: { try await memory.document($0, until: $1) }, readAll: { try await memory.documents(until: $0) },
            write: { text, key, condition, _, deadline in
                let number = saves.withLock { saves in
                    saves += 1
                    return saves
                }
                if number == 2 { throw StateStoreError(.unavailable, "slow") }
                return try await memory.write(text, to: key, if: condition, until: deadline)
            }, remove: { try await memory.remove($0, if: $1, until: $2) })
        let amazon = try Self.amazon(Locked([]))
        let aws = try TestAWS.configuration(awsVariables(at: amazon.url))
        let tracker = PushTracker(
            store: .document("state", in: store), publish: try ChangePublisher(topic: Self.topic, aws: aws).publish,
            thresholds: Thresholds(), region: "r", time: aws.time)
        let endpoint = ExternalEndpoint(name: "n", group: "g", token: "t")
        func push(_ second: Int) async -> ChangeTracker.Outcome {
            let pushed = PushedResult(endpoint: endpoint, succeeded: false)
            return await tracker.track(CheckResult(pushed, at: runTime + .seconds(second)), until: farFuture)
        }
        let first = await push(0)
        #expect(first.stateFailure != nil)
        let second = await push(5)
        #expect(second.stateFailure == nil)
        #expect(first.changes.map(\.id) == second.changes.map(\.id))
        #expect(second.changes.map(\.since) == [runTime])
        #expect(await push(6).changes.isEmpty)
    }

    @Test("a push that another one has overtaken does not undo it")
    func overtaken() async throws {
        let aws = try TestAWS.configuration(awsVariables(at: "http://127.0.0.1:1"))
        let store = EndpointStateStore.memory()
        let tracker = PushTracker(
            store: store, publish: nil, thresholds: Thresholds(), region: "r", time: aws.time)
        let endpoint = ExternalEndpoint(name: "n", group: "g", token: "t")
        func push(_ succeeded: Bool, _ second: Int) async -> Int {
            let pushed = PushedResult(endpoint: endpoint, succeeded: succeeded)
            return await tracker.track(CheckResult(pushed, at: runTime + .seconds(second)), until: farFuture).changes
                .count
        }
        #expect(await push(false, 1) == 1)
        #expect(await push(true, 3) == 1)
        #expect(await push(false, 2) == 0)
        #expect(try await store.load(until: farFuture).endpoints["g_n"]?.state == .up)
    }

    @Test("an outage that a later good result has ended before it was saved is ended for those who heard of it")
    func endedBeforeItWasSaved() async throws {
        let endpoint = ExternalEndpoint(name: "n", group: "g", token: "t")
        @Sendable func result(_ succeeded: Bool, _ second: Int) -> CheckResult {
            CheckResult(PushedResult(endpoint: endpoint, succeeded: succeeded), at: runTime + .seconds(second))
        }
        let time = TimeSource(now: { runTime }, sleep: { _ in }, random: { 0 })
        for isMissing in [false, true] {
            let store = EndpointStateStore.memory()
            let good = PushTracker(store: store, publish: nil, thresholds: Thresholds(), region: "r", time: time)
            let heard = Locked<[UptimeChange]>([])
            let publish: UptimeChecker.Platform.Publish = { changes, deadline in
                heard.withLock { $0 += changes }
                if changes.first?.state == .down { _ = await good.track(result(true, 3), until: deadline) }
                return (Set(changes.map(\.id)), nil)
            }
            if isMissing {
                let run = ChangeTracker(
                    store: store, publish: publish, thresholds: Thresholds(), region: "r", time: time)
                let missing = CheckResult(
                    missing: endpoint, within: .seconds(10), heardAt: runTime - .seconds(60), at: runTime)
                #expect(await run.track([missing], until: farFuture).stateFailure == nil)
            } else {
                let bad = PushTracker(
                    store: store, publish: publish, thresholds: Thresholds(), region: "r", time: time)
                #expect(await bad.track(result(false, 2), until: farFuture).stateFailure == nil)
            }
            let (changes, stored) = (heard.withLock { $0 }, try await store.load(until: farFuture))
            #expect(changes.map(\.state) == [.down, .up], "missing: \(isMissing)")
            #expect(Set(changes.map(\.since)).count == 1)
            #expect(stored.endpoints["g_n"]?.state == .up)
        }
    }
}
