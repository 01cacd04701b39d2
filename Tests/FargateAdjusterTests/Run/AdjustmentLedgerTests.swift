import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

@Suite struct AdjustmentLedgerTests {
    private let arn = "arn:aws:ecs:eu-central-1:123456789012:service/default/web"
    private let store = StateStore.memory()
    private let clock = TestClock()
    private var ledger: AdjustmentLedger { AdjustmentLedger(store, time: clock.source) }

    private func entry(_ run: String) -> AdjustmentLedger.Entry {
        AdjustmentLedger.Entry(
            run: run, startedAt: clock.now, claimedUntil: clock.now + .seconds(60), owner: "a test")
    }

    private func outcome(_ message: String = "done") -> AdjustmentOutcome {
        AdjustmentOutcome(component: "web", service: arn, .succeeded, message)
    }

    @Test func givesAServiceToOneRunAtATime() async throws {
        #expect(try await ledger.claim(arn, for: entry("a")) == nil)
        // The answer to the first claim may have been lost.
        #expect(try await ledger.claim(arn, for: entry("a")) == nil)
        #expect(try await ledger.claim(arn, for: entry("b"))?.run == "a")
        #expect(try await ledger.claim(arn + "-2", for: entry("b")) == nil)
        try await ledger.release(arn, run: "b", outcome())
        #expect(try await ledger.openRun(of: arn)?.run == "a")
        try await ledger.release(arn, run: "a", outcome())
        #expect(try await ledger.claim(arn, for: entry("b")) == nil)
        #expect(try await ledger.openRuns().mapValues(\.run) == [arn: "b", arn + "-2": "b"])
    }

    @Test func aRunThatHasEndedCannotClaimAgain() async throws {
        _ = try await ledger.claim(arn, for: entry("a"))
        try await ledger.release(arn, run: "a", outcome())
        #expect(try await ledger.claim(arn, for: entry("a"))?.outcome?.state == .succeeded)
    }

    @Test func withdrawingLeavesNoTrace() async throws {
        _ = try await ledger.claim(arn, for: entry("a"))
        try await ledger.withdraw(arn, run: "b")
        #expect(try await ledger.openRun(of: arn) != nil)
        try await ledger.withdraw(arn, run: "a")
        #expect(try await ledger.openRun(of: arn) == nil)
        #expect(try await ledger.history(of: arn).isEmpty)
    }

    /// Also those that the adjuster does not change.
    @Test func keepsNoVariablesOfRunsThatHaveEnded() async throws {
        var sample = PlanSample(containers: [
            ["name": "app", "environment": [["name": "PASSWORD", "value": "a-secret"]]]
        ])
        sample.component.environment = [EnvironmentSetting("PASSWORD", SettingRule(.any))]
        sample.component.allowsExpress = true
        sample.snapshot.service.isExpress = true
        sample.snapshot.express = ["primaryContainer": ["environment": [["name": "PASSWORD", "value": "a-secret"]]]]
        let settings = [AdjustmentRequest.Setting("PASSWORD", "another-secret")]
        var entry = entry("a")
        entry.plan = try sample.plan(settings)
        entry.order = AdjustmentRun.Order(
            run: "a", components: [sample.component], request: .init(components: [.init("web", settings)]))
        #expect(try await ledger.claim(arn, for: entry) == nil)
        let open = try #require(try await store.document(AdjustmentLedger.key(arn), until: clock.now)?.text)
        #expect(open.contains("a-secret") && open.contains("another-secret"))
        try await ledger.release(arn, run: "a", outcome())
        let ended = try #require(try await store.document(AdjustmentLedger.key(arn), until: clock.now)?.text)
        #expect(!ended.contains("secret"), "\(ended)")
        #expect(try await ledger.history(of: arn).first?.plan?.changeTexts == ["PASSWORD: (set) → (changed)"])
    }

    @Test func keepsFiftyRuns() async throws {
        var dropped: [String] = []
        for number in 1...52 {
            clock.advance(.seconds(1))
            _ = try await ledger.claim(arn, for: entry("\(number)"))
            dropped += try await ledger.release(arn, run: "\(number)", outcome("\(number)"))
        }
        #expect(dropped == ["run-1", "run-2"])
        let runs = try await ledger.history(of: arn).map(\.run)
        #expect(runs.count == 50)
        #expect(runs.first == "52")
        #expect(runs.last == "3")
        #expect(try await ledger.history(of: "web").map(\.run) == runs)
        #expect(try await ledger.history(of: "other").isEmpty)
    }

    @Test(arguments: ["", "{}", "[1]", "{\"adjustments\":2,\"service\":\"x\",\"earlier\":[]}", "{\"adjustments\":1}"])
    func doesNotOverwriteWhatItCannotRead(_ text: String) async throws {
        let key = AdjustmentLedger.key(arn)
        _ = try await store.write(text, to: key, until: clock.now)
        let error = try await #require(throws: AdjusterError.self) { try await ledger.claim(arn, for: entry("a")) }
        #expect(error.code == .unavailable)
        #expect(error.message.contains(key), "\(error)")
        #expect(try await store.document(key, until: clock.now)?.text == text)
    }

    @Test(arguments: [
        ("arn:aws:ecs:eu-central-1:123456789012:service/default/web", "service-eu-central-1.123456789012.default.web"),
        ("arn:aws:ecs:eu-central-1:123456789012:service/web", "service-eu-central-1.123456789012.web"),
    ]) func hasAKeyForEachService(_ arn: String, _ key: String) { #expect(AdjustmentLedger.key(arn) == key) }

    @Test("a run is looked for in its region only: the record may be shared, and long")
    func claimsOfARegion() async throws {
        let long = arn + "/" + String(repeating: "w", count: 255)
        _ = try await ledger.claim(arn, for: entry("a"))
        _ = try await ledger.claim(long, for: entry("b"))
        // What is not to be read cannot be read.
        for key in ["service-us-east-1.1.shop.web", "run-a", "function/record/a"] {
            _ = try await store.write("", to: key, until: clock.now)
        }
        await #expect(throws: AdjusterError.self) { try await ledger.openRuns() }
        #expect(try await ledger.hasClaims(of: "a", in: "eu-central-1"))
        #expect(try await ledger.hasClaims(of: "b", in: "eu-central-1"))
        #expect(try await !ledger.hasClaims(of: "c", in: "eu-central-1"))
        #expect(try await !ledger.hasClaims(of: "a", in: "eu-west-1"))
    }

    @Test("a name fits services of all places, with its cluster only those of that one")
    func historyByName() async throws {
        let other = "arn:aws:ecs:us-east-1:123456789012:service/shop/web"
        _ = try await ledger.claim(arn, for: entry("a"))
        _ = try await ledger.claim(other, for: entry("b"))
        for (name, runs) in [("web", ["a", "b"]), ("shop/web", ["b"]), ("back/web", []), (arn, ["a"]), (other, ["b"])] {
            #expect(try await ledger.history(of: name).map(\.run).sorted() == runs, "\(name)")
        }
    }

    @Test("a run of the function goes on within its time, and longer as long as a process has its lease")
    func leaseOfTheFunction() async throws {
        var ofFunction = entry("a")
        ofFunction.record = "function/record/a"
        let (ledger, clock, entry) = (ledger, clock, ofFunction)
        #expect(try await ledger.leaseEnd(of: entry) == nil)
        #expect(try await ledger.isAlive(entry))
        let record = DurableRun.store(store, key: "function/record/a", lease: .seconds(600))
        _ = try await record.execute(time: clock.source) { _ in
            #expect(try await ledger.leaseEnd(of: entry) == nil, "another invocation may come")
            clock.advance(.seconds(61))
            let end = try #require(try await ledger.leaseEnd(of: entry))
            #expect(end > clock.now)
            #expect(try await ledger.isAlive(entry))
            return .null
        }
        #expect(try await !ledger.isAlive(entry))
    }

    @Test("who goes on with a run has its record from then on")
    func recordIsTakenOver() async throws {
        var (first, second) = (entry("a"), entry("a"))
        first.record = nil
        _ = try await ledger.claim(arn, for: first)
        second.record = "function/record/a"
        #expect(try await ledger.claim(arn, for: second) == nil)
        #expect(try await ledger.openRun(of: arn)?.record == "function/record/a")
        #expect(try await ledger.claim(arn, for: first) == nil)
        #expect(try await ledger.openRun(of: arn)?.record == "function/record/a")
    }

    @Test func hasShortKeysForLongNames() {
        let prefix = "arn:aws:ecs:eu-central-1:123456789012:service/" + String(repeating: "c", count: 255) + "/"
        let keys = ["a", "b"].map { AdjustmentLedger.key(prefix + String(repeating: $0, count: 255)) }
        #expect(keys[0] != keys[1])
        #expect(keys.allSatisfy { $0.utf8.count <= 160 })
    }
}
