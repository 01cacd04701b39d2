import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct DriverRecoveryScopeTests {
    @Test("--recover leaves alone a service of the same name in another cluster or region of a shared record")
    func sharedRecord() async throws {
        let place = try DriverPlace(
            services: [["name": "web"]],
            configuration: [
                "fargate": [
                    "web": ["service_name": "web", "settings": ["cpu": ["min": 0.25, "max": 4, "step": 0.25]]]
                ]
            ])
        defer { place.remove() }
        let folder = place.folder.appending(path: "state/tocsin/fargate")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let now = Timestamp.now()
        let ledger = AdjustmentLedger(
            .folder(folder.path), time: TimeSource(now: { now }, sleep: { _ in }, random: { 0 }))
        let others = ["eu-central-1:123456789012:service/shop/web", "us-east-1:123456789012:service/default/web"]
            .map { "arn:aws:ecs:" + $0 }
        for arn in others {
            let entry = AdjustmentLedger.Entry(
                run: "dead \(arn)", startedAt: now, claimedUntil: now - .seconds(1), owner: "a test")
            #expect(try await ledger.claim(arn, for: entry) == nil)
        }
        let answer = try await place.run(["--recover", "app"])
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.output.contains("nothing was open"), "\(answer)")
        #expect(try await ledger.openRuns().keys.sorted() == others)
    }
}
