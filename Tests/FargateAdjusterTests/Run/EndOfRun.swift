import Basics
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

/// What an adjustment of `web` from revision 1 and 2 tasks to revision 2 has left, however it was interrupted.
struct EndOfRun {
    private let service: TestService
    private let ledger: AdjustmentLedger

    init(_ service: TestService, _ store: StateStore) {
        self.service = service
        ledger = AdjustmentLedger(store, time: service.clock.source)
    }

    /// The service is on a complete, known revision, with the bounds that belong to it, and the record says which.
    /// - Parameter isScaled: whether 5 tasks were wanted of a service with 2 to 4 of them.
    /// - Returns: whether it is the new revision.
    @discardableResult
    func check(isScaled: Bool, _ text: String) async throws -> Bool {
        let comment = Comment(rawValue: text)
        let state = try service.state()
        let revision = try #require(state["taskDefinition"]?.stringValue)
        let isNew = revision == TestService.revision(2)
        #expect(isNew || revision == TestService.revision(1), comment)
        #expect(state["desiredCount"] == (isNew && isScaled ? 5 : 2), comment)
        #expect(state["runningCount"] == state["desiredCount"], comment)
        #expect(state["deployments"]?.arrayValue?.map { $0["taskDefinition"] } == [.string(revision)], comment)
        if isScaled {
            let bounds = try service.server.state()["scaling"]?["web"]
            #expect(bounds?["minimum"] == (isNew ? 5 : 2), comment)
            #expect(bounds?["maximum"] == (isNew ? 5 : 4), comment)
        }
        #expect(try await ledger.openRuns().isEmpty, comment)
        let registered = try service.server.state()["taskDefinitions"]?.arrayValue?.count ?? 0
        #expect(registered <= 2, comment)
        guard let entry = try await ledger.history(of: "web").first else {
            // It has ended before the service was claimed.
            #expect(!isNew, comment)
            return false
        }
        #expect(entry.outcome?.taskDefinition == revision, comment)
        #expect((entry.outcome?.state == .succeeded) == isNew, comment)
        #expect(entry.outcome?.state != .stillBroken, comment)
        return isNew
    }
}
