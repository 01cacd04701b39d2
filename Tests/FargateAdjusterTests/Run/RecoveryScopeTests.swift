import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

/// Which open runs a process may end: those whose services it can see, and nobody works on.
@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct RecoveryScopeTests {
    private static let own = "arn:aws:ecs:eu-central-1:123456789012:service/default/web"
    private let store = StateStore.memory()

    /// Leaves a run open, of which everything is known but how far it came.
    private func leaveOpen(
        _ service: TestService, of arn: String = own, run: String = "dead", record: String? = nil,
        wants setting: AdjustmentRequest.Setting = .init("mem", 1), claimedFor rest: Duration = .seconds(-1)
    ) async throws -> AdjustmentLedger {
        let request = AdjustmentRequest(components: [.init("web", [setting])])
        let adjuster = service.adjuster(store: store)
        let plan = try #require(try await service.run { try await adjuster.plan(request) }.first)
        let now = service.clock.now
        var entry = AdjustmentLedger.Entry(run: run, startedAt: now, claimedUntil: now + rest, owner: "a test")
        (entry.plan, entry.record) = (plan, record)
        entry.order = AdjustmentRun.Order(run: run, components: [service.component], request: request)
        let ledger = AdjustmentLedger(store, time: service.clock.source)
        #expect(try await ledger.claim(arn, for: entry) == nil)
        return ledger
    }

    /// Recovers, and collects what is told.
    private func recover(
        _ service: TestService, _ services: [String]? = nil
    ) async throws -> (outcomes: [AdjustmentOutcome], told: [String]) {
        let told = Locked<[String]>([])
        let adjuster = service.adjuster(store: store)
        let outcomes = try await service.run {
            try await adjuster.recover(services, cancellation: DurableSignal()) { progress in
                told.withLock { $0.append(progress.message) }
            }
        }
        return (outcomes, told.withLock { $0 })
    }

    @Test("the run of a dead process is ended", arguments: [nil, ["web"], ["default/web"], [own]])
    func ended(_ services: [String]?) async throws {
        let service = try TestService(["desiredCount": 2])
        let ledger = try await leaveOpen(service)
        #expect(try await recover(service, services).outcomes.map(\.state) == [.nothingToRestore])
        #expect(try await ledger.openRuns().isEmpty)
    }

    @Test(
        "a service of the same name elsewhere is not meant",
        arguments: [
            ["api"], ["shop/web"], ["arn:aws:ecs:eu-central-1:123456789012:service/shop/web"],
            ["arn:aws:ecs:eu-central-1:999999999999:service/default/web"],
        ])
    func notMeant(_ services: [String]) async throws {
        let service = try TestService(["desiredCount": 2])
        let ledger = try await leaveOpen(service)
        let (outcomes, told) = try await recover(service, services)
        #expect(outcomes.isEmpty)
        #expect(told.isEmpty)
        #expect(try await ledger.openRuns().keys.sorted() == [Self.own])
    }

    @Test("a run of another region is left alone, which is told; the own one is ended all the same")
    func anotherRegion() async throws {
        let service = try TestService(["desiredCount": 2])
        let other = "arn:aws:ecs:us-east-1:123456789012:service/default/web"
        let ledger = try await leaveOpen(service, of: other, run: "away")
        _ = try await leaveOpen(service)
        let (outcomes, told) = try await recover(service)
        #expect(outcomes.map(\.service) == [Self.own])
        #expect(
            told.contains(
                "default/web is left alone: the run away is in us-east-1, and this looks at eu-central-1: recover it "
                    + "there"), "\(told)")
        let open = try await ledger.openRuns()
        #expect(open.keys.sorted() == [other])
        #expect(open[other]?.order != nil)
        #expect(open[other]?.plan?.registration != nil)
    }

    @Test("a run of another account stays open, and others are ended")
    func anotherAccount() async throws {
        let service = try TestService(["desiredCount": 2])
        let other = "arn:aws:ecs:eu-central-1:999999999999:service/default/web"
        let ledger = try await leaveOpen(service, of: other, run: "away")
        _ = try await leaveOpen(service)
        let error = try await #require(throws: AdjusterError.self) { try await recover(service) }
        #expect(error.code == .unavailable)
        #expect(error.message.hasPrefix("the run away is left open, because \(other) cannot be read"), "\(error)")
        #expect(error.message.contains("web has ended: "), "\(error)")
        let open = try await ledger.openRuns()
        #expect(open.keys.sorted() == [other])
        #expect(open[other]?.order != nil)
    }

    /// From the first reading, or from the second one: the service was seen, and then not any more.
    @Test("a service that cannot be read keeps its run open until it can", arguments: [0, 1])
    func cannotBeRead(_ skip: Int64) async throws {
        let service = try TestService(["desiredCount": 2])
        // Without a new revision the service is read next.
        let ledger = try await leaveOpen(service, wants: .init("replicas", 3))
        try service.server.script([
            "faults": [
                [
                    "operation": "DescribeServices", "status": 400, "code": "AccessDeniedException", "times": 0,
                    "skip": .integer(skip),
                ]
            ]
        ])
        let error = try await #require(throws: AdjusterError.self) { try await recover(service) }
        #expect(error.code == .unavailable, "\(error)")
        #expect(error.message.contains("left open"), "\(error)")
        #expect(try await ledger.openRun(of: Self.own)?.order != nil)
        #expect(try service.server.operations().count { $0.contains(":Update") } == 0)
        try service.server.script(["faults": []])
        try await service.run { try await service.clock.source.sleep(.seconds(61)) }
        #expect(try await recover(service).outcomes.map(\.state) == [.nothingToRestore])
        #expect(try await ledger.openRuns().isEmpty)
    }

    @Test("a run of the function is left to it within its time, and then ended in the function's own record")
    func ofTheFunction() async throws {
        let service = try TestService(["desiredCount": 2])
        let ledger = try await leaveOpen(service, record: OpenRuns.record("dead"), claimedFor: .seconds(60))
        let (outcomes, told) = try await recover(service)
        #expect(outcomes.isEmpty)
        #expect(told == ["default/web is left alone: the run dead goes on elsewhere"])
        let store = store
        await #expect(throws: AdjusterError.self) {
            try await service.run {
                try await service.clock.source.sleep(.seconds(61))
                // The function goes on with it all the same: it has the lease, so nobody else ends the run.
                let adjuster = service.adjuster(store: store)
                let record = DurableRun.store(store, key: OpenRuns.record("dead"))
                _ = try await record.execute(time: service.clock.source) { _ in
                    let outcomes = try await adjuster.recover(cancellation: DurableSignal()) { _ in }
                    #expect(outcomes.isEmpty)
                    throw AdjusterError(.unavailable, "the function dies")
                }
            }
        }
        #expect(try await ledger.openRun(of: Self.own) != nil)
        #expect(try await recover(service).outcomes.map(\.state) == [.nothingToRestore])
        let keys = try await store.documents(until: service.clock.now + .seconds(30)).keys
        #expect(keys.contains(OpenRuns.record("dead")))
        #expect(!keys.contains("run-dead"))
    }
}
