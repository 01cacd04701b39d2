import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct AdjusterRunTests {
    private static let bigger = AdjustmentRequest(components: [.init("web", [.init("mem", 1)])])
    private static let two: JSONObject = ["desiredCount": 2]

    /// Adjusts, and collects what is told.
    private func adjust(
        _ service: TestService, _ adjuster: Adjuster, _ request: AdjustmentRequest = bigger, run: String = "1",
        cancelAt message: String? = nil
    ) async throws -> (outcomes: [AdjustmentOutcome], told: [AdjustmentProgress]) {
        let told = Locked<[AdjustmentProgress]>([])
        let cancellation = DurableSignal()
        let outcomes = try await service.run {
            try await adjuster.adjust(request, run: run, cancellation: cancellation) { progress in
                told.withLock { $0.append(progress) }
                if let message, progress.message.contains(message) { cancellation.raise() }
            }
        }
        return (outcomes, told.withLock { $0 })
    }

    @Test(arguments: [
        ("registering", "nothing to restore", 1), ("updating the service", "nothing to restore", 1),
        ("IN_PROGRESS", "restored", 1),
    ])
    func cancellationPutsEverythingBack(_ message: String, _ state: String, _ revision: Int) async throws {
        let service = try TestService(Self.two, plays: ["slow", "success"])
        let (outcomes, _) = try await adjust(service, service.adjuster(store: .memory()), cancelAt: message)
        let outcome = try #require(outcomes.first)
        #expect(outcome.state.rawValue == state, "\(outcome.message)")
        #expect(outcome.cause?.kind == .cancelled)
        #expect(try service.state()["taskDefinition"]?.stringValue == TestService.revision(revision))
    }

    @Test func allComponentsChangeOrNone() async throws {
        let service = try TestService(
            services: [["name": "web", "desiredCount": 2], ["name": "api", "desiredCount": 2]],
            plays: ["web": ["success", "success"], "api": ["crash", "success"]])
        let adjuster = service.adjuster(
            [TestService.component("web"), TestService.component("api")], store: .memory())
        let request = AdjustmentRequest(components: [
            .init("api", [.init("mem", 1)]), .init("web", [.init("mem", 1)]),
        ])
        let (outcomes, _) = try await adjust(service, adjuster, request)
        #expect(outcomes.map(\.component) == ["web", "api"])
        #expect(outcomes.map(\.state) == [.restored, .restored], "\(outcomes.map(\.message))")
        #expect(outcomes.map(\.cause?.kind) == [.stopped, .containerExited], "\(outcomes.map(\.message))")
        for name in ["web", "api"] {
            let state = try service.state(of: name)
            #expect(state["taskDefinition"]?.stringValue == TestService.revision(1, of: name))
            #expect(state["runningCount"] == 2)
        }
    }

    @Test func aFaultOfOneComponentKeepsAllFromBeingTouched() async throws {
        let service = try TestService(services: [["name": "web"], ["name": "api"]])
        let adjuster = service.adjuster(
            [TestService.component("web"), TestService.component("api")], store: .memory())
        let request = AdjustmentRequest(components: [
            .init("web", [.init("mem", 1)]), .init("api", [.init("mem", 31)]),
        ])
        await #expect(throws: AdjusterError.self) { try await adjust(service, adjuster, request) }
        let writes = try service.server.operations().filter { $0.contains(":Register") || $0.contains(":Update") }
        #expect(writes.isEmpty)
        let ledger = try #require(adjuster.ledger)
        #expect(try await ledger.store.documents(until: service.clock.now).isEmpty)
    }

    @Test func unknownComponentsAreNamed() async throws {
        let service = try TestService()
        let request = AdjustmentRequest(components: [.init("wbe", [.init("mem", 1)])])
        let error = await #expect(throws: AdjusterError.self) {
            try await adjust(service, service.adjuster(store: .memory()), request)
        }
        #expect(error?.code == .invalidInput)
        #expect(error?.message == "there is no component wbe (the configuration has web)")
    }

    @Test func withoutAStoreItWarnsAndAdjusts() async throws {
        let service = try TestService(Self.two, plays: ["success"])
        let (outcomes, told) = try await adjust(service, service.adjuster())
        #expect(outcomes.map(\.state) == [.succeeded])
        #expect(told.first?.message.hasPrefix("warning: nothing is recorded") == true)
        #expect(told.last?.progress == 100)
    }

    @Test func theSameRunIsNotMadeTwice() async throws {
        let service = try TestService(Self.two, plays: ["success"])
        let adjuster = service.adjuster(store: .memory())
        let first = try await adjust(service, adjuster).outcomes
        let second = try await adjust(service, adjuster).outcomes
        #expect(first == second)
        #expect(try service.server.operations().count { $0 == "ecs:UpdateService" } == 1)
    }

    /// Claims `web` for a run, as a process does that then stops saying anything.
    private func claim(_ service: TestService, _ adjuster: Adjuster, until end: Timestamp) async throws {
        let plan = try #require(try await service.run { try await adjuster.plan(Self.bigger) }.first)
        var entry = AdjustmentLedger.Entry(
            run: "other", startedAt: service.clock.now, claimedUntil: end, owner: "adjust, process 7 on host-a")
        entry.plan = plan
        _ = try await adjuster.ledger?.claim(plan.snapshot.service.arn, for: entry)
    }

    @Test func aServiceThatIsBeingAdjustedIsRefused() async throws {
        let service = try TestService(Self.two, plays: ["success"])
        let adjuster = service.adjuster(store: .memory())
        try await claim(service, adjuster, until: service.clock.now + .seconds(600))
        let error = await #expect(throws: AdjusterError.self) { try await adjust(service, adjuster) }
        #expect(error?.code == .refused)
        #expect(
            error?.message.contains("the run other of adjust, process 7 on host-a") == true, "\(error?.message ?? "")")
        #expect(try await service.run { try await adjuster.recover(cancellation: DurableSignal()) { _ in } }.isEmpty)
        #expect(try !service.server.operations().contains("ecs:UpdateService"))
    }

    @Test func aRunWhoseProcessIsDeadIsEndedFirst() async throws {
        let service = try TestService(Self.two, plays: ["success"])
        let adjuster = service.adjuster(store: .memory())
        try await claim(service, adjuster, until: service.clock.now - .seconds(1))
        let (outcomes, told) = try await adjust(service, adjuster)
        #expect(outcomes.map(\.state) == [.succeeded], "\(outcomes.map(\.message))")
        #expect(told.contains { $0.message.hasPrefix("the run other of adjust, process 7 on host-a") })
        let history = try #require(try await adjuster.ledger?.history(of: "web"))
        #expect(history.map(\.run) == ["1", "other"])
        #expect(history.last?.outcome?.state == .nothingToRestore)
    }

    @Test(arguments: [
        ("success", "DeregisterTaskDefinition", "web:1"), ("crash", "DeregisterTaskDefinition", "web:2"),
    ])
    func deregistersWhatIsNotNeeded(_ play: String, _ operation: String, _ revision: String) async throws {
        for isDenied in [false, true] {
            let service = try TestService(Self.two, plays: [.string(play), "success"])
            if isDenied {
                try service.server.script([
                    "faults": [["operation": .string(operation), "status": 400, "code": "AccessDeniedException"]]
                ])
            }
            var component = service.component
            component.deregistersSuperseded = true
            let (outcomes, _) = try await adjust(service, service.adjuster([component], store: .memory()))
            let calls = try service.server.script().filter { $0["operation"]?.stringValue == operation }
            #expect(calls.count == 1)
            #expect(calls.first?["input"]?["taskDefinition"]?.stringValue?.hasSuffix(revision) == true)
            #expect(outcomes.first?.warnings.count == (isDenied ? 1 : 0))
            #expect(outcomes.first?.state == (play == "success" ? .succeeded : .restored))
        }
    }

    @Test(arguments: [
        (ServiceSnapshot.ScalingBounds(minimum: 3, maximum: 4), ServiceSnapshot.ScalingBounds(minimum: 2, maximum: 4)),
        (.init(minimum: 1, maximum: 9), .init(minimum: 1, maximum: 9)),
    ])
    func onlyOurOwnBoundsOfScalingArePutBack(
        _ found: ServiceSnapshot.ScalingBounds, _ left: ServiceSnapshot.ScalingBounds
    ) async throws {
        var script = Self.two
        script["scaling"] = ["minimum": 2, "maximum": 4]
        let service = try TestService(script)
        let adjuster = service.adjuster()
        let request = AdjustmentRequest(components: [.init("web", [.init("replicas", 3)])])
        let restoration = try await service.run {
            let plan = try #require(try await adjuster.plan(request).first)
            #expect(plan.scaling == ServiceSnapshot.ScalingBounds(minimum: 3, maximum: 4))
            try await ServiceChanges(clients: service.clients).setScaling(found, of: plan.snapshot.service)
            let run = AdjustmentRun(
                order: .init(run: "1", components: [], request: request), clients: service.clients, ledger: nil,
                cancellation: DurableSignal(), observer: { _ in }, interval: .seconds(5), pause: nil)
            var change = ComponentChange(taskDefinition: plan.snapshot.taskDefinition.arn)
            (change.isScaled, change.cause) = (true, FailureCause(.cancelled, "cancelled"))
            return try await run.putBack(plan, change, DurableScope(inMemory: service.clients.time))
        }
        #expect(restoration.state == .restored, "\(restoration.message)")
        let bounds = try service.server.state()["scaling"]?["web"]
        #expect(bounds?["minimum"]?.intValue == Int64(left.minimum))
        #expect(bounds?["maximum"]?.intValue == Int64(left.maximum))
        #expect(restoration.warnings.isEmpty == (found != left))
    }

    @Test func aRecordOfAnotherVersionIsEndedByTheClaims() async throws {
        let service = try TestService(Self.two)
        let adjuster = service.adjuster(store: .memory())
        let ledger = try #require(adjuster.ledger)
        try await claim(service, adjuster, until: service.clock.now + .seconds(600))
        struct Killed: Error {}
        try? await service.run {
            _ = try await DurableRun.store(ledger.store, key: AdjustmentLedger.runKey("other"))
                .execute(time: service.clients.time) { scope in
                    _ = try await scope.step("an older step") { true }
                    throw Killed()
                }
        }
        let outcomes = try await service.run { try await adjuster.recover(cancellation: DurableSignal()) { _ in } }
        #expect(outcomes.map(\.state) == [.nothingToRestore])
        #expect(try await ledger.openRuns().isEmpty)
    }

    /// Auto scaling was not asked about a number of tasks that stays: whatever ECS makes it is right.
    @Test(arguments: [("mem", 1, true), ("replicas", 4, false)])
    func aNumberOfTasksThatStaysIsECSsOwn(_ setting: String, _ value: Int, _ isScaled: Bool) async throws {
        let service = try TestService(Self.two)
        let request = AdjustmentRequest(components: [.init("web", [.init(setting, JSONValue(value))])])
        let plan = try #require(try await service.run { try await service.adjuster().plan(request) }.first)
        let change = ComponentChange(taskDefinition: plan.snapshot.taskDefinition.arn)
        #expect(plan.expectation(of: change).isScaled == isScaled)
    }

    /// Killed between plan and claim, or with nothing to do.
    @Test func recordsOfRunsThatClaimedNothingAreRemoved() async throws {
        let service = try TestService(Self.two)
        let adjuster = service.adjuster(store: .memory())
        let ledger = try #require(adjuster.ledger)
        func records() async throws -> [String] {
            try await ledger.store.documents(until: service.clock.now).keys.filter { $0.hasPrefix("run-") }.sorted()
        }
        struct Killed: Error {}
        try await service.run {
            for (run, lease) in [("dead", 10), ("alive", 1000)] {
                let record = DurableRun.store(
                    ledger.store, key: AdjustmentLedger.runKey(run), lease: .seconds(lease))
                _ = try? await record.execute(time: service.clients.time) { scope in
                    _ = try await scope.step("plan") { true }
                    // As a process that is killed leaves it.
                    let key = AdjustmentLedger.runKey(run)
                    let document = try await ledger.store.document(key, until: service.clock.now)
                    _ = try await ledger.store.write(
                        document?.text ?? "", to: key + "-copy", until: service.clock.now)
                    throw Killed()
                }
            }
            try await service.clock.source.sleep(.seconds(60))
        }
        _ = try await adjust(service, adjuster, run: "done")
        let same = AdjustmentRequest(components: [.init("web", [.init("mem", 1)])])
        #expect(try await adjust(service, adjuster, same, run: "same").outcomes.map(\.state) == [.unchanged])
        #expect(try await records() == ["run-alive", "run-alive-copy", "run-dead", "run-dead-copy", "run-done"])
        _ = try await service.run { try await adjuster.recover(cancellation: DurableSignal()) { _ in } }
        #expect(try await records() == ["run-alive-copy", "run-done"])
    }

    @Test func aRunThatWasLeftOpenForDaysStaysWhenItIsHealthy() async throws {
        let service = try TestService(Self.two, plays: ["success"])
        let adjuster = service.adjuster(store: .memory())
        try await claim(service, adjuster, until: service.clock.now + .seconds(600))
        try await service.run {
            let plan = try #require(try await adjuster.plan(Self.bigger).first)
            let changes = ServiceChanges(clients: service.clients)
            let revision = try await changes.register(
                try #require(plan.registration), after: plan.snapshot.taskDefinition.revision, mayBeThere: false)
            _ = try await changes.update(plan.snapshot.service, taskDefinition: revision, desiredCount: nil)
            try await service.clock.source.sleep(.seconds(3 * 86_400))
        }
        let outcomes = try await service.run { try await adjuster.recover(cancellation: DurableSignal()) { _ in } }
        #expect(outcomes.map(\.state) == [.succeeded], "\(outcomes.map(\.message))")
        #expect(try service.state()["taskDefinition"]?.stringValue == TestService.revision(2))
    }

    /// Another adjuster, which had the claim first, or a person.
    @Test(arguments: [("mem", 2 as JSONValue?, nil), ("replicas", nil, 7), ("replicas", nil, 2)])
    func whatOthersDidSinceThePlanIsLeftAlone(_ setting: String, _ memory: JSONValue?, _ count: Int?) async throws {
        let service = try TestService(Self.two)
        let adjuster = service.adjuster()
        let request = AdjustmentRequest(components: [.init("web", [.init(setting, setting == "mem" ? 1 : 4)])])
        let outcomes = try await service.run {
            let plan = try #require(try await adjuster.plan(request).first)
            if let memory {
                let other = AdjustmentRequest(components: [.init("web", [.init("mem", memory)])])
                _ = try await adjuster.adjust(other, run: "other", cancellation: DurableSignal()) { _ in }
            }
            if let count {
                _ = try await ServiceChanges(clients: service.clients).update(
                    plan.snapshot.service, taskDefinition: nil, desiredCount: count)
            }
            var order = AdjustmentRun.Order(run: "1", components: [service.component], request: request)
            order.plans = [plan]
            let run = AdjustmentRun(
                order: order, clients: service.clients, ledger: nil, cancellation: DurableSignal(),
                observer: { _ in }, interval: .seconds(5), pause: nil)
            return try await run.execute(on: DurableScope(inMemory: service.clients.time))
        }
        let outcome = try #require(outcomes.first)
        let isOthers = count != 2
        #expect(outcome.state == (isOthers ? .nothingToRestore : .succeeded), "\(outcome.message)")
        #expect(outcome.cause?.kind == (isOthers ? .superseded : nil))
        #expect(try service.state()["desiredCount"]?.intValue == Int64(isOthers ? count ?? 2 : 4))
    }

    @Test func looksAreRecordedWhereAPauseMayEndTheProcess() async throws {
        let service = try TestService(Self.two, plays: ["slow"])
        let pauses = Locked(0)
        let outcomes = try await service.run {
            let run = AdjustmentRun(
                order: .init(run: "1", components: [service.component], request: Self.bigger), clients: service.clients,
                ledger: nil, cancellation: DurableSignal(), observer: { _ in }, interval: .seconds(5),
                pause: { scope, _, interval in
                    pauses.withLock { $0 += 1 }
                    try await scope.wait("pause", for: interval)
                })
            return try await run.execute(on: DurableScope(inMemory: service.clients.time))
        }
        #expect(outcomes.map(\.state) == [.succeeded])
        #expect(pauses.withLock { $0 } > 3)
    }
}
