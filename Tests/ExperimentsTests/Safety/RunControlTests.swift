import Basics
import ConfigurationSources
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import Experiments

@Suite struct RunDemandTests {
    @Test(
        "a lever says one of three words, or a mapping with one",
        arguments: [
            ("run", .run), (" Stop\n", .stop), ("\"hold\"", .hold), (#"{"state": "stop", "by": "ann"}"#, .stop),
            ("state: hold\nreason: lunch", .hold), ("", nil), ("stopp", nil), ("true", nil), ("{}", nil),
            ("[stop]", nil),
            ("state: go", nil), ("stop: now", nil),
        ] as [(String, RunDemand.Position?)])
    func words(text: String, position: RunDemand.Position?) {
        #expect((try? RunDemand(parsing: text))?.position == position)
    }

    @Test func theTextOfALeverThatNobodyUnderstandsIsNotShown() throws {
        #expect {
            _ = try RunDemand(parsing: "S3CRET")
        } throws: { !"\($0)".contains("S3CRET") && ($0 as? ExperimentError)?.code == .notReadable }
    }

    @Test func whoAndWhySurvive() throws {
        let demand = RunDemand(.stop, by: "ann", reason: "incident", at: Timestamp(secondsSinceEpoch: 1_800_000_000))
        #expect(try RunDemand(parsing: demand.json.description) == demand)
        #expect(demand.details == ": incident (ann, 2027-01-15T08:00:00Z)")
    }
}

@Suite(.timeLimit(.minutes(2))) struct LeverTests {
    private static let noRemote = RemoteValues(
        object: { _, _, _ in throw ExperimentError(.notReadable, "denied") },
        parameter: { _, _ in throw ExperimentError(.notReadable, "denied") }, secret: { _, _ in "" })

    private func lever(_ location: String, mayBeMissing: Bool = false) throws -> Lever {
        let source = try #require(ConfigurationSource(location))
        return Lever(source, mayBeMissing: mayBeMissing, remote: Self.noRemote)
    }

    @Test(
        "a run begins only when the lever is at run",
        arguments: [("run", true), ("hold", false), ("stop", false), ("rnu", false)])
    func start(text: String, mayBegin: Bool) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "lever")
            try Data(text.utf8).write(to: file)
            let lever = try lever(file.path, mayBeMissing: true)
            if mayBegin {
                try await lever.permitStart(until: farFuture)
            } else {
                await #expect {
                    try await lever.permitStart(until: farFuture)
                } throws: { ($0 as? ExperimentError)?.code == .refused }
            }
        }
    }

    @Test("a lever that is missing or cannot be read is no permission, unless it may be missing")
    func missing() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "lever").path
            let optional = try lever(path, mayBeMissing: true)
            #expect(try await optional.read(until: farFuture).position == .run)
            await #expect(throws: ExperimentError.self) { try await lever(path).read(until: farFuture) }
            // Denied is not missing.
            for location in ["s3://b/k", "ssm:/lever", folder.path] {
                await #expect(throws: ExperimentError.self) {
                    try await lever(location, mayBeMissing: true).read(until: farFuture)
                }
            }
        }
    }

    @Test(
        "a lever in S3 and Systems Manager is moved and read, and may be missing there",
        .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func remote() async throws {
        let name = SafetyMoto.name("lever")
        try await SafetyMoto.makeBucket(name)
        let aws = try SafetyMoto.aws()
        for location in ["ssm:/\(name)", "s3://\(name)/lever"] {
            let source = try #require(ConfigurationSource(location))
            func lever(_ mayBeMissing: Bool) -> Lever {
                Lever(source, mayBeMissing: mayBeMissing, remote: .awsFiles { aws })
            }
            #expect(try await lever(true).read(until: farFuture).position == .run)
            await #expect(throws: ExperimentError.self) { try await lever(false).read(until: farFuture) }
            let demand = RunDemand(.stop, by: "ann", reason: "incident 4711")
            try await lever(false).set(demand, aws: { aws }, until: farFuture)
            #expect(try await lever(false).read(until: farFuture) == demand)
            await #expect {
                try await lever(true).permitStart(until: farFuture)
            } throws: { "\($0)" == "nothing is run: the lever \(location) is at stop: incident 4711 (ann)" }
        }
    }

    @Test func aFileIsMoved() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let lever = try lever(folder.appending(path: "lever").path)
            try await lever.set(RunDemand(.hold, by: "ann"), aws: offlineAWS, until: farFuture)
            #expect(try await lever.read(until: farFuture) == RunDemand(.hold, by: "ann"))
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct RunControlTests {
    private let clock = TestClock()
    private let store = StateStore.memory()

    private var commands: RunCommands { RunCommands(store, run: "r1", time: clock.source) }

    private func control(lever file: URL? = nil, maximumDuration: Duration? = nil) -> RunControl {
        let remote = RemoteValues(object: { _, _, _ in [] }, parameter: { _, _ in "" }, secret: { _, _ in "" })
        return RunControl(
            lever: file.map { Lever(.file($0.path), remote: remote) }, commands: commands, monitor: nil,
            time: clock.source, maximumDuration: maximumDuration)
    }

    @Test("a run is held, goes on, and stops for good")
    func commandsToARun() async throws {
        let control = control()
        try await control.start()
        #expect(await control.poll() == .goOn)
        #expect(try await commands.send(.hold, by: "ann", reason: "lunch"))
        #expect(await control.poll() == .goOn, "not due")
        #expect(control.pause == .seconds(5))
        clock.advance(.seconds(5))
        guard case .hold(let why) = await control.poll() else {
            Issue.record("not held")
            return
        }
        #expect(why == "held: lunch (ann, 2027-01-15T08:00:00Z)")
        #expect(await control.poll() == .hold(why), "it stays held between two looks")
        #expect(try await commands.send(.run, by: "bob"))
        clock.advance(.seconds(5))
        #expect(await control.poll() == .goOn)
        #expect(try await commands.send(.stop, by: "bob"))
        clock.advance(.seconds(5))
        guard case .stop(let reason) = await control.poll() else {
            Issue.record("not stopped")
            return
        }
        #expect(reason.kind == .command)
        #expect(reason.name == "bob")
        #expect(try await commands.send(.run, by: "ann") == false, "a stopped run cannot be resumed")
        #expect(try await commands.send(.stop, by: "ann"))
        #expect(await control.poll() == .stop(reason))
        await #expect(throws: ExperimentError.self) { try await self.control().start() }
    }

    @Test("the lever ends every run, and its failure too, when it lasts")
    func lever() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "lever")
            try Data("run".utf8).write(to: file)
            let control = control(lever: file)
            try await control.start()
            try FileManager.default.removeItem(at: file)
            for look in 1...3 {
                clock.advance(.seconds(5))
                let directive = await control.poll()
                if look < 3 {
                    #expect(directive == .goOn)
                } else {
                    guard case .stop(let reason) = directive else {
                        Issue.record("not stopped")
                        return
                    }
                    #expect(reason.kind == .blind)
                    #expect(reason.message.contains("could not be read 3 times in a row"))
                }
            }
            try Data("stop".utf8).write(to: file)
            await #expect(throws: ExperimentError.self) { try await self.control(lever: file).start() }
        }
    }

    @Test("a lever that cannot be read for a while keeps a held run held")
    func heldAndBlind() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "lever")
            try Data("run".utf8).write(to: file)
            let control = control(lever: file)
            try await control.start()
            try Data("hold".utf8).write(to: file)
            clock.advance(.seconds(5))
            #expect(await control.poll() == .hold("held"))
            try FileManager.default.removeItem(at: file)
            clock.advance(.seconds(5))
            #expect(await control.poll() == .hold("held"))
        }
    }

    @Test func theLongestTimeEndsARun() async throws {
        let start = clock.now
        clock.advance(.seconds(30))
        // The process that goes on with the run: the time before it counts, too.
        let control = control(maximumDuration: .seconds(60))
        control.began(at: start)
        clock.advance(.seconds(30) - .microseconds(1))
        #expect(await control.poll() == .goOn)
        clock.advance(.microseconds(1))
        #expect(await control.poll() == .stop(StopReason(.duration, "guard", "its longest time is over")))
    }
}

@Suite(.timeLimit(.minutes(2))) struct ApprovalTests {
    private let clock = TestClock()
    private let step = "method/3: stop ü \"instances\"/" + String(repeating: "x", count: 300)

    @Test("one answer counts, the first", arguments: LedgerStore.available)
    func answers(kind: LedgerStore) async throws {
        try await kind.run { store in
            let approvals = Approvals(store, time: TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 }))
            let first = try await approvals.request(
                run: "r1", step: step, question: "stop 3 of 9", timeout: .seconds(600))
            #expect(first.state == .pending)
            let again = try await approvals.request(run: "r1", step: step, question: "other", timeout: .seconds(9_999))
            #expect(again == first, "asked once")
            #expect(try await approvals.pending() == [first])
            let answer = try await approvals.decide(run: "r1", step: step, isApproved: false, by: "ann", reason: "no")
            #expect(answer.state == .denied)
            let late = try await approvals.decide(run: "r1", step: step, isApproved: true, by: "bob")
            #expect(late == answer)
            #expect(try await approvals.approval(run: "r1", step: step) == answer)
            #expect(answer.stopReason?.message == "ann has denied stop 3 of 9: no")
            #expect(try await approvals.pending().isEmpty)
            try await approvals.remove(run: "r1", steps: [step])
            #expect(try await approvals.approval(run: "r1", step: step) == nil)
        }
    }

    @Test(
        "an answer that comes too late approves nothing", arguments: [(599, Approval.State.approved), (600, .expired)])
    func expiry(seconds: Int, state: Approval.State) async throws {
        let approvals = Approvals(.memory(), time: clock.source)
        _ = try await approvals.request(run: "r1", step: step, question: "stop", timeout: .seconds(600))
        clock.advance(.seconds(seconds))
        #expect(try await approvals.decide(run: "r1", step: step, isApproved: true, by: "ann").state == state)
        #expect(try await approvals.approval(run: "r1", step: step)?.state == state)
        #expect((try await approvals.approval(run: "r1", step: step)?.stopReason == nil) == (state == .approved))
    }

    @Test func whatNobodyAskedCannotBeApprovedBeforehand() async throws {
        let approvals = Approvals(.memory(), time: clock.source)
        await #expect(throws: ExperimentError.self) {
            _ = try await approvals.decide(run: "r1", step: "s", isApproved: true, by: "ann")
        }
        #expect(try await approvals.approval(run: "r1", step: "s") == nil)
    }
}
