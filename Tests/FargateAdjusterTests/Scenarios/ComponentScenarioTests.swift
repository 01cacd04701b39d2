import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

/// Several components in one adjustment.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ComponentScenarioTests {
    private static let settings: [AdjustmentRequest.Setting] = [.init("cpu", "0.5"), .init("mem", "1")]

    private func adjust(_ test: TestService, _ names: [String]) async throws -> [AdjustmentOutcome] {
        try await test.run {
            try await test.adjuster(names.map { TestService.component($0) }, store: .memory()).adjust(
                AdjustmentRequest(components: names.map { .init($0, Self.settings) }), run: "run-1",
                cancellation: DurableSignal(), observer: { _ in })
        }
    }

    /// Which one fails, and how far the other one has come by then.
    @Test(arguments: [("web", "api"), ("api", "web")], ["success", "slow"])
    func oneFails(names: (fails: String, goesWell: String), play: String) async throws {
        let test = try TestService(
            services: [["name": "web", "targetGroups": 1], ["name": "api", "strategy": "CANARY", "targetGroups": 1]],
            plays: [names.fails: ["alarm"], names.goesWell: [.string(play)]])
        let outcomes = try await adjust(test, ["web", "api"])
        #expect(outcomes.map(\.component) == ["web", "api"])
        #expect(outcomes.map(\.state) == [.restored, .restored], "\(outcomes.map(\.message))")
        #expect(outcomes.first { $0.component == names.fails }?.cause?.kind == .alarm)
        let other = try #require(outcomes.first { $0.component == names.goesWell })
        #expect(other.cause?.kind == .stopped)
        #expect(
            other.message.hasPrefix("put back only because another component, \(names.fails), failed"),
            "\(other.message)")
        for name in ["web", "api"] {
            let service = try test.state(of: name)
            #expect(service["taskDefinition"]?.stringValue == TestService.revision(1, of: name))
            #expect(service["runningCount"] == 2)
        }
    }

    /// The one that failed by itself is named, also where another one that was put back for it comes first.
    @Test func theFirstFailureIsNamed() async throws {
        let names = ["web", "api", "db"]
        let test = try TestService(
            services: names.map { ["name": .string($0)] },
            plays: ["web": ["stuck"], "api": ["success"], "db": ["crash"]])
        let outcomes = try await adjust(test, names)
        #expect(outcomes.map(\.state) == names.map { _ in .restored }, "\(outcomes.map(\.message))")
        for outcome in outcomes.prefix(2) {
            #expect(
                outcome.message.hasPrefix("put back only because another component, db, failed"), "\(outcome.message)")
        }
    }

    @Test func allGoWell() async throws {
        let names = (1...5).map { "s\($0)" }
        let test = try TestService(services: names.map { ["name": .string($0), "targetGroups": 1] })
        let outcomes = try await adjust(test, names)
        #expect(outcomes.map(\.state) == names.map { _ in .succeeded }, "\(outcomes.map(\.message))")
        for name in names {
            #expect(try test.state(of: name)["taskDefinition"]?.stringValue == TestService.revision(2, of: name))
        }
    }

    /// A value that Fargate does not have for one of them: none is touched.
    @Test func noneIsTouchedWhenOneIsRefused() async throws {
        let test = try TestService(services: [["name": "web"], ["name": "api"]])
        let request = AdjustmentRequest(components: [
            .init("web", Self.settings), .init("api", [.init("cpu", "0.25"), .init("mem", "30")]),
        ])
        await #expect(throws: AdjusterError.self) {
            try await test.run {
                _ = try await test.adjuster(
                    ["web", "api"].map { TestService.component($0) }, store: .memory()
                ).adjust(request, run: "run-1", cancellation: DurableSignal(), observer: { _ in })
            }
        }
        let operations = try test.server.operations()
        for operation in ["ecs:RegisterTaskDefinition", "ecs:UpdateService"] {
            #expect(!operations.contains(operation), "\(operation)")
        }
    }
}
