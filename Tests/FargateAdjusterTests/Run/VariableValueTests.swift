import Events
import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

/// Values of variables that no file names are nowhere but in the service, however a run ends.
@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct VariableValueTests {
    @Test(arguments: [("success", AdjustmentOutcome.State.succeeded), ("crash", .restored)])
    func areNotTold(_ play: String, _ state: AdjustmentOutcome.State) async throws {
        let service = try TestService(["desiredCount": 2], plays: [.string(play), "success"])
        var component = service.component
        component.environment = [EnvironmentSetting("GOGC", SettingRule(.any))]
        let (wanted, store) = (component, StateStore.memory())
        let told = Locked<[String]>([])
        let outcomes = try await service.run {
            try await service.adjuster([wanted], store: store).adjust(
                AdjustmentRequest(components: [.init("web", [.init("GOGC", "a-secret")])]), run: "1",
                cancellation: DurableSignal()
            ) { progress in told.withLock { $0.append(progress.message) } }
        }
        let outcome = try #require(outcomes.first)
        #expect(outcome.state == state, "\(outcome.message)")
        #expect(outcome.changes.map(\.to) == ["(changed)"])
        let revisions = try #require(try service.server.state()["taskDefinitions"])
        #expect("\(revisions)".contains("a-secret"))
        let answer = AdjustmentAnswer(outcomes, run: "1").adjustment(at: service.clock.now).text
        try await check(store, service, told.withLock { $0 } + [answer])
    }

    @Test func areForgottenAfterARecovery() async throws {
        let service = try TestService(["desiredCount": 2], plays: ["success"])
        var component = service.component
        component.environment = [EnvironmentSetting("GOGC", SettingRule(.any))]
        let store = StateStore.memory()
        let adjuster = service.adjuster([component], store: store)
        let request = AdjustmentRequest(components: [.init("web", [.init("GOGC", "a-secret")])])
        let plan = try #require(try await service.run { try await adjuster.plan(request) }.first)
        let now = service.clock.now
        var entry = AdjustmentLedger.Entry(run: "dead", startedAt: now, claimedUntil: now, owner: "a test")
        entry.order = AdjustmentRun.Order(run: "dead", components: [component], request: request)
        entry.plan = plan
        let claimed = entry
        #expect(try await adjuster.ledger?.claim(plan.snapshot.service.arn, for: claimed) == nil)
        let outcomes = try await service.run {
            try await adjuster.recover(cancellation: DurableSignal()) { _ in }
        }
        #expect(outcomes.count == 1)
        #expect(try await store.document("run-dead", until: now) != nil)
        try await check(store, service, outcomes.map { "\($0.json)" })
    }

    /// Neither the texts nor the store have the variable's values.
    private func check(_ store: StateStore, _ service: TestService, _ texts: [String]) async throws {
        let kept = try await store.documents(until: service.clock.now)
        #expect(!kept.isEmpty)
        for text in texts + kept.map({ "\($0.key): \($0.value.text)" }) {
            #expect(!text.contains("a-secret"), "\(text)")
            // What it was before, in the task definition's form.
            #expect(!text.contains(#""value":"100""#), "\(text)")
        }
    }
}
