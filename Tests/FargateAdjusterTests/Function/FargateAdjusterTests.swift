import AWS
import Basics
import DurableExecution
import Foundation
import FunctionRuntime
import JSON
import Logging
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

/// The function on the scripted server, with its runs in a store, or in one invocation.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct FargateAdjusterTests {
    private typealias Place = FunctionPlace

    private func outcome(_ answer: JSONValue) -> JSONValue { answer["outcomes"]?.arrayValue?.first ?? nil }

    // MARK: Questions

    @Test("a description has the components that are asked for")
    func describe() async throws {
        let place = try Place()
        let answer = try await place.invoke(["describe": nil])
        #expect(answer["application"]?["components"]?["web"]?["settings"]?["cpu"]?["value"] != nil, "\(answer)")
        #expect(try await place.invoke(["describe": ["components": ["web"]]]) == answer)
        let unknown = try await place.invoke(["describe": ["components": ["wbe"]]])
        #expect(unknown["state"] == "refused")
        #expect(unknown["message"] == "there is no component wbe (the configuration has web)")
    }

    @Test("a plan changes nothing")
    func plan() async throws {
        let place = try Place()
        let answer = try await place.invoke(["plan": Place.adjust()["adjust"] ?? nil])
        #expect(answer["plans"]?.arrayValue?.count == 1, "\(answer)")
        #expect(try place.count("ecs:UpdateService") == 0)
        #expect(try place.count("ecs:RegisterTaskDefinition") == 0)
    }

    // MARK: With a store

    @Test("the invocation ends at the first wait, ECS's event ends the run, and whoever asks gets its answer")
    func eventEndsRun() async throws {
        let place = try Place()
        let begun = try await place.invoke(Place.adjust())
        #expect(begun == ["run": "run-1", "state": "running"])
        #expect(try place.count("ecs:UpdateService") == 1)
        let asked = try await place.invoke(["status": "run-1"], request: "other")
        #expect(asked["state"] == "running")
        #expect(asked["message"]?.stringValue?.contains("default/web") == true)

        var answer: JSONValue = nil
        for number in 1...50 where answer["state"] != "succeeded" {
            answer = try await place.invoke(Place.deployed, request: "event-\(number)")
        }
        #expect(answer["state"] == "succeeded", "\(answer)")
        #expect(outcome(answer)["taskDefinition"] == .string(TestService.revision(2)))
        #expect(try await place.invoke(["status": "run-1"], request: "other") == answer)
        // A late event finds nothing to do.
        let late = try await place.invoke(Place.deployed, request: "late")
        #expect(late["state"] == "ignored")
        #expect(try await place.invoke(["recover": nil])["state"] == "idle")
        #expect(try place.count("ecs:UpdateService") == 1)
        #expect(try place.count("ecs:RegisterTaskDefinition") == 1)
    }

    @Test("the timer alone ends the run, too: no event need come")
    func timerEndsRun() async throws {
        let place = try Place(plays: ["slow"])
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        let answer = try await place.untilIdle()
        #expect(answer["state"] == "succeeded", "\(answer)")
        #expect(try place.count("ecs:UpdateService") == 1)
    }

    @Test("an event makes the function look before its time, and the timer does not")
    func eventsAreQuicker() async throws {
        let place = try Place(plays: ["slow"], variables: ["FARGATE_INTERVAL": "5m"])
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        let before = try place.count("ecs:DescribeServices")
        #expect(try await place.invoke(["recover": nil], request: "timer")["runs"]?.arrayValue?.count == 1)
        #expect(try place.count("ecs:DescribeServices") == before)
        _ = try await place.invoke(Place.task(group: "service:web"), request: "event")
        #expect(try place.count("ecs:DescribeServices") > before)
    }

    @Test("what fails is put back, and that is told")
    func failure() async throws {
        let place = try Place(plays: ["crash"])
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        let answer = try await place.untilIdle()
        #expect(answer["state"] == "restored", "\(answer)")
        #expect(outcome(answer)["taskDefinition"] == .string(TestService.revision(1)))
        #expect(try place.service.state()["taskDefinition"] == .string(TestService.revision(1)))
    }

    @Test("a cancelled run ends with everything put back")
    func cancel() async throws {
        let place = try Place(plays: ["stuck"])
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        _ = try await place.invoke(["cancel": "run-1"], request: "person")
        let answer = try await place.untilIdle()
        let ended = answer == .null ? try await place.invoke(["status": "run-1"], request: "person") : answer
        #expect(ended["state"] == "restored", "\(ended)")
        #expect(outcome(ended)["cause"]?["kind"] == "cancelled")
        #expect(try place.service.state()["taskDefinition"] == .string(TestService.revision(1)))
        // A second time it is only told how it ended.
        #expect(try await place.invoke(["cancel": "run-1"], request: "person") == ended)
    }

    @Test("an event that Lambda delivers again goes on with its run, and gets the answer when that has ended")
    func repeatedEvent() async throws {
        let place = try Place(plays: ["slow"])
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        let answer = try await place.untilIdle()
        #expect(answer["state"] == "succeeded")
        #expect(try await place.invoke(Place.adjust()) == answer)
        #expect(try place.count("ecs:RegisterTaskDefinition") == 1)
    }

    @Test("a second adjustment of the service is refused, and names the first")
    func secondAdjustment() async throws {
        let place = try Place(plays: ["slow"])
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        // Its lease is where others look for it.
        let ledger = AdjustmentLedger(try #require(place.store), time: place.service.clock.source)
        #expect(try await ledger.openRun(of: Place.arn)?.record == OpenRuns.record("run-1"))
        let second = try await place.invoke(Place.adjust(cpu: "1", mem: "2"), request: "run-2")
        #expect(second["state"] == "refused")
        #expect(second["error"] == "busy")
        #expect(second["message"]?.stringValue?.contains("by the run run-1") == true, "\(second)")
        #expect(try place.count("ecs:RegisterTaskDefinition") == 1)
        // Nor does another program with the same store take the run, which waits, for one whose process has died.
        let recovered = try await place.service.run {
            try await place.service.adjuster(store: place.store).recover(cancellation: DurableSignal()) { _ in }
        }
        #expect(recovered.isEmpty)
        #expect(try await place.untilIdle()["state"] == "succeeded")
        #expect(try await place.invoke(Place.adjust(cpu: "1", mem: "2"), request: "run-2")["state"] == "running")
    }

    @Test("values that are already there end at once, without a write")
    func unchanged() async throws {
        let place = try Place()
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        #expect(try await place.untilIdle()["state"] == "succeeded")
        let answer = try await place.invoke(Place.adjust(), request: "run-2")
        #expect(answer["state"] == "unchanged", "\(answer)")
        #expect(try place.count("ecs:UpdateService") == 1)
    }

    @Test("of two invocations for one run at once, one goes on, and the other says so")
    func twoAtOnce() async throws {
        let store = StateStore.memory()
        let place = try Place(plays: ["slow"], store: store)
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        let time = place.service.clock.source
        let during = try await place.service.run {
            let answer = Locked<JSONValue>(nil)
            _ = try? await DurableRun.store(store, key: OpenRuns.record("run-1")).execute(time: time) { _ in
                let found = try await place.invoke(Place.deployed, request: "event")
                answer.withLock { $0 = found }
                throw CancellationError()
            }
            return answer.withLock { $0 }
        }
        #expect(during["state"] == "running")
        #expect(during["message"] == "another invocation goes on with it")
        #expect(try await place.untilIdle()["state"] == "succeeded")
    }

    @Test("what cannot be read now fails the invocation, and nothing begins later by itself")
    func unavailable() async throws {
        let place = try Place()
        try place.service.server.script([
            "faults": [["operation": "DescribeServices", "status": 500, "code": "ServerException", "times": 0]]
        ])
        let error = await #expect(throws: AdjusterError.self) { try await place.invoke(Place.adjust()) }
        #expect(error?.code == .unavailable)
        #expect(try await place.invoke(["recover": nil])["state"] == "idle")
    }

    @Test("what is refused is an answer, and leaves nothing open")
    func refused() async throws {
        let place = try Place()
        let answer = try await place.invoke(Place.adjust(cpu: "16"))
        #expect(answer["state"] == "refused")
        #expect(answer["error"] == "invalidInput", "\(answer)")
        #expect(try await place.invoke(["recover": nil])["state"] == "idle")
        let unknown = try await place.invoke(
            ["adjust": Place.request(["cpu": ["value": "1"]], component: "api")], request: "run-2")
        #expect(unknown["message"] == "there is no component api (the configuration has web)")
        #expect(try place.count("ecs:RegisterTaskDefinition") == 0)
    }

    @Test("one run that cannot go on does not keep the others from it")
    func oneFailsOthersGoOn() async throws {
        let place = try Place(execute: { run, scope in
            if run.order.run == "bad", !scope.isReplaying, run.order.components.isEmpty { return [] }
            _ = try await scope.step("look") { true }
            try await run.pause?(scope, "service", run.interval)
            if run.order.run == "bad" { throw StateStoreError(.unavailable, "the bucket is away") }
            return [AdjustmentOutcome(component: "c", service: "s", .succeeded, "done")]
        })
        let runs = try #require(place.function.runs)
        for name in ["bad", "good"] {
            let component = ComponentConfiguration(name: name, service: name)
            let entry = OpenRuns.Entry(
                run: name, services: [ECSServiceName(component)], execution: nil, startedAt: place.service.clock.now)
            let order = AdjustmentRun.Order(
                run: name, components: [component], request: AdjustmentRequest(components: []))
            _ = try await place.service.run { try await runs.begin(entry, order: order) }
        }
        _ = try await place.invoke(["recover": nil], request: "timer-1")
        try await place.pass(60)
        let answer = try await place.invoke(["recover": nil], request: "timer-2")
        let states = answer["runs"]?.arrayValue?.compactMap { $0["state"]?.stringValue }
        #expect(states == ["unavailable", "succeeded"], "\(answer)")
        #expect(try await place.service.run { try await runs.all().map(\.run) } == ["bad"])
    }

    // MARK: What a repeated event finds

    @Test("a repeated event gets its run's answer, whatever the configuration says meanwhile")
    func configurationChanges() async throws {
        let store = StateStore.memory()
        let place = try Place(plays: ["slow"], store: store)
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        // It has another component only.
        let other = try FargateAdjuster(
            place.function.environment.merging([
                "FARGATE_CONFIG_TEXT": Place.config.replacingOccurrences(of: "  web:", with: "  api:")
            ]) { $1 }, time: place.service.clock.source, executor: place.service.loop, store: store,
            aws: place.function.aws)
        func invoke(_ request: String) async throws -> JSONValue {
            try await place.service.run {
                let context = InvocationContext(
                    requestID: request, deadline: place.service.clock.now + .seconds(300),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                guard case .bytes(let bytes) = try await other.handle(Array("\(Place.adjust())".utf8), context).body
                else {
                    return nil
                }
                return try JSONValue(parsing: bytes)
            }
        }
        #expect(try await invoke("run-1")["state"] == "running")
        #expect(try await invoke("run-2")["state"] == "refused")
        let ended = try await place.untilIdle()
        #expect(ended["state"] == "succeeded")
        #expect(try await invoke("run-1") == ended)
        // And a refusal stays one.
        let refused = try await invoke("run-2")
        #expect(refused["state"] == "refused")
        #expect(try await place.invoke(Place.adjust(), request: "run-2") == refused)
    }

    @Test("an event that was refused as busy is carried out when it comes again, and others are not")
    func busy() async throws {
        let place = try Place(plays: ["slow"])
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        let busy = try await place.invoke(Place.adjust(cpu: "1", mem: "2"), request: "run-2")
        #expect(busy["error"] == "busy", "\(busy)")
        #expect(try await place.untilIdle()["state"] == "succeeded")
        let wrong = try await place.invoke(Place.adjust(cpu: "16"), request: "run-3")
        #expect(wrong["error"] == "invalidInput", "\(wrong)")
        #expect(try await place.invoke(["status": "run-3"]) == wrong)
        #expect(try await place.invoke(Place.adjust(cpu: "1", mem: "2"), request: "run-2")["state"] == "running")
    }

    @Test("a run whose order is lost is gone on with by the claims of its services")
    func lostOrder() async throws {
        let store = StateStore.memory()
        let place = try Place(plays: ["slow"], store: store)
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        #expect(try await store.remove("function/order/run-1.1", until: .never))
        let answer = try await place.untilIdle()
        #expect(answer["state"] == "succeeded", "\(answer)")
        #expect(answer["run"] == "run-1")
        #expect(try place.count("ecs:UpdateService") == 1)
    }

    @Test("a run whose order is lost, and that has claimed nothing, ends with an answer")
    func lostOrderWithoutClaims() async throws {
        let store = StateStore.memory()
        let place = try Place(store: store)
        let runs = try #require(place.function.runs)
        let component = ComponentConfiguration(name: "web", service: "web")
        let entry = OpenRuns.Entry(
            run: "a", services: [ECSServiceName(component)], execution: nil, startedAt: place.service.clock.now)
        let order = AdjustmentRun.Order(
            run: "a", components: [component], request: AdjustmentRequest(components: []))
        _ = try await place.service.run { try await runs.begin(entry, order: order) }
        #expect(try await store.remove("function/order/a.1", until: .never))
        let answer = try await place.invoke(["recover": nil])["runs"]?.arrayValue?.first ?? nil
        #expect(answer["state"] == "failed", "\(answer)")
        #expect(try await place.invoke(["status": "a"]) == answer)
        #expect(try await place.invoke(["recover": nil])["state"] == "idle")
    }

    @Test("an invocation that comes after the end of its run begins nothing anew, and leaves no record")
    func lateInvocation() async throws {
        let inner = StateStore.memory()
        let ended = Locked(false)
        let place = Locked<Place?>(nil)
        // The run ends just after the late one has read its order.
        let store = StateStore(
            read: { key, deadline in
                let document = try await inner.document(key, until: deadline)
                guard key.hasPrefix("function/order/"),
                    !ended.withLock({ value in
                        defer { value = true }; return value
                    })
                else { return document }
                let time = place.withLock { $0 }?.service.clock.source
                if let time {
                    try await OpenRuns(store: inner, time: time).end("run-1", answer: ["state": "unchanged"])
                }
                return document
            }, readAll: { try await inner.documents(until: $0) },
            write: { try await inner.write($0, to: $1, if: $2, expires: $3, until: $4) },
            remove: { try await inner.remove($0, if: $1, until: $2) })
        let made = try Place(store: store)
        place.withLock { $0 = made }
        #expect(try await made.invoke(Place.adjust())["state"] == "unchanged")
        #expect(try made.service.server.operations().isEmpty)
        #expect(Set(try await inner.documents(until: .never).keys) == ["function/open", "function/run/run-1"])
    }

    @Test("what is refused is found so without a look at other services' documents")
    func refusedWithoutListing() async throws {
        let inner = StateStore.memory()
        let store = StateStore(
            read: { try await inner.document($0, until: $1) },
            readAll: { _ in throw StateStoreError(.unavailable, "too many objects") },
            write: { try await inner.write($0, to: $1, if: $2, expires: $3, until: $4) },
            remove: { try await inner.remove($0, if: $1, until: $2) })
        let place = try Place(store: store)
        #expect(try await place.invoke(Place.adjust(cpu: "16"))["state"] == "refused")
        #expect(try await place.invoke(["recover": nil])["state"] == "idle")
    }

    @Test("a cancel that comes before the service is updated keeps it from being updated")
    func cancelBeforeUpdate() async throws {
        let inner = StateStore.memory()
        // Somebody cancels while the revision is being registered: the record of that is written.
        let store = StateStore(
            read: { try await inner.document($0, until: $1) }, readAll: { try await inner.documents(until: $0) },
            write: { text, key, condition, expires, deadline in
                if key == OpenRuns.record("run-1"), text.contains("\"register\"") {
                    _ = try await inner.write("{}", to: "function/cancel/run-1", until: deadline)
                }
                return try await inner.write(text, to: key, if: condition, expires: expires, until: deadline)
            }, remove: { try await inner.remove($0, if: $1, until: $2) })
        let place = try Place(store: store)
        let first = try await place.invoke(Place.adjust())
        let answer = first["state"] == "running" ? try await place.untilIdle() : first
        #expect(outcome(answer)["cause"]?["kind"] == "cancelled", "\(answer)")
        #expect(try place.count("ecs:RegisterTaskDefinition") == 1)
        #expect(try place.count("ecs:UpdateService") == 0)
    }

    // MARK: Configuration and events

    @Test("a request may carry its configuration where there is none, and only there")
    func ownConfiguration() async throws {
        let config = JSONValue.string(Place.config)
        let bare = try Place(variables: ["FARGATE_CONFIG_TEXT": ""])
        let missing = try await bare.invoke(["describe": nil])
        #expect(missing["state"] == "refused")
        #expect(missing["error"] == "invalidConfiguration")
        #expect(missing["message"]?.stringValue?.contains("set FARGATE_CONFIG to") == true)
        let own = try await bare.invoke(["describe": nil, "config": config])
        #expect(own["application"]?["components"]?["web"] != nil, "\(own)")
        var event = Place.adjust().objectValue ?? [:]
        event["config"] = config
        #expect(try await bare.invoke(.object(event))["state"] == "running")
        // Who goes on with it needs no configuration.
        #expect(try await bare.untilIdle()["state"] == "succeeded")

        let other = try await Place().invoke(["describe": nil, "config": config])
        #expect(other["state"] == "refused")
        #expect(other["message"]?.stringValue?.contains("leave config out") == true)
    }

    @Test("an event of a service without a run, or of none, is ignored with the reason")
    func ignored() async throws {
        let place = try Place()
        let answer = try await place.invoke(Place.deployed)
        #expect(answer["state"] == "ignored")
        #expect(answer["reason"]?.stringValue?.contains("default/web is not being adjusted") == true, "\(answer)")
        #expect(try await place.invoke(Place.task(group: "family:web"))["state"] == "ignored")
        #expect(try place.service.server.operations().isEmpty)
    }

    @Test("an event of a service of the same name in another cluster goes on with nothing")
    func otherCluster() async throws {
        let place = try Place(plays: ["slow"])
        #expect(try await place.invoke(Place.adjust())["state"] == "running")
        #expect(try await place.invoke(Place.task(group: "service:web", cluster: "shop"))["state"] == "ignored")
        #expect(try await place.invoke(Place.task(group: "service:web"))["state"] != "ignored")
    }

    private func queued(_ bodies: [String]) -> JSONValue {
        [
            "Records": .array(
                bodies.enumerated().map { index, body in
                    [
                        "messageId": .string("m-\(index)"), "body": .string(body), "eventSource": "aws:sqs",
                        "receiptHandle": "r", "attributes": [:], "messageAttributes": [:],
                    ]
                })
        ]
    }

    @Test("of a batch of SQS those that fail come again, and no others; when all do, the invocation fails")
    func queue() async throws {
        let place = try Place()
        let answer = try await place.invoke(queued(["{\"stop\": 1}", "\(Place.adjust())", "nonsense"]))
        #expect(answer == ["batchItemFailures": [["itemIdentifier": "m-0"], ["itemIdentifier": "m-2"]]])
        #expect(try await place.invoke(["status": "m-1"])["state"] == "running")
        #expect(try place.count("ecs:UpdateService") == 1)
        let good = try await place.invoke(queued(["{\"status\": \"m-1\"}", "\(Place.deployed)"]))
        #expect(good == ["batchItemFailures": []])
        let error = await #expect(throws: AdjusterError.self) {
            try await place.invoke(queued(["{\"stop\": 1}", "nonsense"]))
        }
        #expect(error?.code == .invalidInput)
    }

    @Test("a list of messages is read before the first is carried out")
    func list() async throws {
        let place = try Place()
        await #expect(throws: AdjusterError.self) { try await place.invoke([Place.adjust(), ["stop": 1]]) }
        #expect(try place.service.server.operations().isEmpty)
    }

    @Test(
        "an event that is none, and an empty one, say what is expected", arguments: ["{\"stop\": 1}", "{}", "nonsense"])
    func wrongEvents(_ text: String) async throws {
        let place = try Place()
        let error = await #expect(throws: AdjusterError.self) {
            try await place.invoke((try? JSONValue(parsing: text)) ?? .string(text))
        }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("{\"adjust\": {\"application\": …}}") == true)
    }

    @Test("what is missed without its variable is told at the start")
    func startWarnings() throws {
        #expect(try Place().function.startWarnings.isEmpty)
        let warnings = try Place(isStored: false, variables: ["FARGATE_CONFIG_TEXT": ""]).function.startWarnings
        #expect(warnings.map { $0.prefix { $0 != " " } } == ["FARGATE_CONFIG", "FARGATE_STATE"])
    }
}
