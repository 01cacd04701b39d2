import Basics
import Glibc
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Lines, progress and results.
@Suite struct DriverOutputTests {
    // MARK: Lines

    @Test func linesArePythons() {
        let transcript = DriverTranscript()
        transcript.output.progress(7, "grün \"1/2\"\n")
        transcript.output.failure(reason: "out-of-memory", type: "AdjustError", "é")
        transcript.output.failure(error: "none", type: "warning", "w")
        #expect(
            transcript.lines == [
                #"{"progress": 7, "message": "gr\u00fcn \"1/2\"\n"}"#,
                #"{"status": "failed", "reason": "out-of-memory", "error": "failure", "class": "AdjustError", "#
                    + #""message": "\u00e9"}"#,
                #"{"status": "failed", "reason": "unknown", "error": "none", "class": "warning", "message": "w"}"#,
            ])
    }

    private static func pipe() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    /// Everything in a pipe, whose writer is closed first.
    private static func rest(of pipe: (reader: Int32, writer: Int32)) throws -> [String] {
        close(pipe.writer)
        let bytes = try contents(ofDescriptor: pipe.reader, limit: 1 << 24)
        close(pipe.reader)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("progress that a hanging reader does not take is dropped, and never in part")
    func hangingReader() throws {
        let pipe = try Self.pipe()
        let output = DriverOutput(output: pipe.writer, errors: pipe.writer)
        for number in 0..<2_000 { output.progress(1, "\(number) " + String(repeating: "x", count: 100)) }
        let lines = try Self.rest(of: pipe)
        #expect(lines.count > 100)
        #expect(lines.count < 2_000)
        for line in lines { #expect((try? JSONValue(parsing: line))?["progress"]?.intValue == 1) }
    }

    @Test("the result waits for a reader that reads at last")
    func lateReader() async throws {
        let pipe = try Self.pipe()
        let output = DriverOutput(output: pipe.writer, errors: pipe.writer)
        for _ in 0..<2_000 { output.progress(1, String(repeating: "x", count: 100)) }
        async let written: Void = DriverProgram.blocking {
            output.line(["status": .string(String(repeating: "y", count: 20_000))])
        }
        let reading = Task {
            try await DriverProgram.blocking { try contents(ofDescriptor: pipe.reader, limit: 1 << 24) }
        }
        try await written
        close(pipe.writer)
        let text = String(decoding: try await reading.value, as: UTF8.self)
        close(pipe.reader)
        #expect(text.hasSuffix("yyyy\"}\n"))
        #expect(text.split(separator: "\n").last?.utf8.count == 20_014)
    }

    @Test("a reader that is gone is no error")
    func closedReader() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = try Self.pipe()
        close(pipe.reader)
        let output = DriverOutput(output: pipe.writer, errors: pipe.writer)
        output.progress(1, "a")
        output.line(["status": "ok"])
        output.log("b")
        close(pipe.writer)
    }

    // MARK: Progress

    /// A clock on which sleeps end when the test says so is not needed: a sleep moves the clock.
    private func progress(_ components: [String], _ transcript: DriverTranscript) -> DriverProgress {
        DriverProgress(components, output: transcript.output, time: TestClock().source)
    }

    @Test("one line for each change, and none for the same again")
    func changes() {
        let transcript = DriverTranscript()
        let progress = progress(["web"], transcript)
        for step in [(0, "a"), (0, "a"), (10, "a"), (10, "b"), (5, "c"), (5, "c"), (100, "d")] {
            progress.tell(AdjustmentProgress(component: "web", progress: step.0, step.1))
        }
        #expect(
            transcript.lines == [
                #"{"progress": 0, "message": "a"}"#, #"{"progress": 10, "message": "a"}"#,
                #"{"progress": 10, "message": "b"}"#, #"{"progress": 10, "message": "c"}"#,
                #"{"progress": 100, "message": "d"}"#,
            ])
    }

    @Test("components count alike, and their lines say whose they are")
    func severalComponents() {
        let transcript = DriverTranscript()
        let progress = progress(["web", "api", "db"], transcript)
        progress.tell(AdjustmentProgress(component: "web", progress: 100, "healthy"))
        progress.tell(AdjustmentProgress(component: "api", progress: 50, "2/4"))
        progress.tell(AdjustmentProgress(progress: 99, "done"))
        progress.tell(AdjustmentProgress(component: "other", progress: 300, "x"))
        #expect(
            transcript.lines == [
                #"{"progress": 33, "message": "web: healthy"}"#, #"{"progress": 50, "message": "api: 2/4"}"#,
                #"{"progress": 99, "message": "done"}"#, #"{"progress": 100, "message": "other: x"}"#,
            ])
    }

    @Test("a line at least every 30 s, counted from the last one")
    func keepAlive() async {
        let transcript = DriverTranscript()
        let clock = TestClock()
        // What happens in each sleep, after it: seconds that a change came before its end.
        let changes: [Int: Int] = [2: 10, 3: 29]
        let count = Locked(0)
        let progress = Locked<DriverProgress?>(nil)
        let sleeps = Locked<[Duration]>([])
        let time = TimeSource(
            now: { clock.now },
            sleep: { duration in
                sleeps.withLock { $0.append(duration) }
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if number == 6 { throw CancellationError() }
                let early = changes[number] ?? 0
                clock.advance(duration - .seconds(early))
                if early > 0 {
                    progress.withLock { $0 }?.tell(AdjustmentProgress(component: "web", progress: number, "moved"))
                }
                clock.advance(.seconds(early))
            }, random: { 0 })
        let made = DriverProgress(["web"], output: transcript.output, time: time)
        progress.withLock { $0 = made }
        made.tell(AdjustmentProgress(component: "web", progress: 1, "started"))
        await made.keepAlive()
        progress.withLock { $0 = nil }
        #expect(sleeps.withLock { $0 } == [30, 30, 20, 1, 30, 30].map { .seconds($0) })
        #expect(
            transcript.lines == [
                #"{"progress": 1, "message": "started"}"#, #"{"progress": 1, "message": "started"}"#,
                #"{"progress": 2, "message": "moved"}"#, #"{"progress": 3, "message": "moved"}"#,
                #"{"progress": 3, "message": "moved"}"#, #"{"progress": 3, "message": "moved"}"#,
            ])
    }

    // MARK: Results

    private static func outcome(
        _ component: String, _ state: AdjustmentOutcome.State, _ kind: FailureCause.Kind? = nil
    ) -> AdjustmentOutcome {
        AdjustmentOutcome(
            component: component, service: component, state, "\(component) is \(state.rawValue)",
            cause: kind.map { FailureCause($0, "…") })
    }

    @Test(
        "the reason is that of the component that failed by itself",
        arguments: [
            ([], nil, nil), ([outcome("a", .succeeded), outcome("b", .unchanged)], nil, nil),
            ([outcome("a", .restored, .outOfMemory)], "out-of-memory", "a is restored"),
            ([outcome("a", .restored)], "unknown", "a is restored"),
            (
                [outcome("a", .restored, .stopped), outcome("b", .stillBroken, .targetHealth)], "target-health",
                "a: a is restored; b: b is still broken"
            ),
            (
                [outcome("a", .succeeded), outcome("b", .nothingToRestore, .cancelled)], "cancelled",
                "b is nothing to restore"
            ),
        ] as [([AdjustmentOutcome], String?, String?)])
    func adjusted(outcomes: [AdjustmentOutcome], reason: String?, message: String?) {
        let result = DriverResult.adjusted(outcomes)
        #expect(result.failure?.reason == reason)
        #expect(result.failure?.message == message)
    }

    @Test func recovered() {
        #expect(DriverResult.recovered([Self.outcome("a", .restored, .outOfMemory)]) == .success)
        #expect(DriverResult.recovered([]) == .success)
        let broken = DriverResult.recovered([Self.outcome("a", .restored), Self.outcome("b", .stillBroken, .denied)])
        #expect(broken.failure?.reason == "denied")
        #expect(broken.failure?.message == "b is still broken")
    }

    @Test func lastLines() {
        let transcript = DriverTranscript()
        #expect(DriverResult.success.print(on: transcript.output) == 0)
        #expect(DriverResult.failed(AdjusterError(.refused, "busy")).print(on: transcript.output) == 1)
        #expect(DriverResult.failed(AdjusterError(.invalidInput, "cpu")).print(on: transcript.output) == 1)
        #expect(
            transcript.lines == [
                #"{"status": "ok", "reason": "success"}"#,
                #"{"status": "failed", "reason": "unknown", "error": "failure", "class": "Exception", "message": "busy"}"#,
                #"{"status": "failed", "reason": "unknown", "error": "failure", "class": "AssertionError", "#
                    + #""message": "cpu"}"#,
            ])
        #expect(transcript.errors == ["adjust: busy", "adjust: cpu"])
    }

    @Test func cutOff() {
        let transcript = DriverTranscript()
        let progress = progress(["web"], transcript)
        let recorded = DriverCancellation(output: transcript.output, progress: progress, location: "/state")
        let failure = recorded.cutOff(by: "SIGTERM")
        #expect(failure.reason == "cancelled")
        #expect(
            failure.message
                == "the way back was cut off by SIGTERM. Services may be between old and new values: `adjust --recover APP`, "
                + "or the next adjustment, goes on from the record in /state")
        progress.tell(AdjustmentProgress(progress: 3, "going back"))
        let lost = DriverCancellation(output: transcript.output, progress: progress, location: nil)
        #expect(
            lost.cutOff(by: "SIGINT").message
                == "the way back was cut off by SIGINT, at: going back. Services may be between old and new values: there "
                + "is no record: look at the services, and put them back by hand")
    }

    // MARK: Unknown settings

    @Test func unknownSettings() {
        var web = ComponentConfiguration(name: "web", service: "web")
        web.environment = [EnvironmentSetting("GOGC", SettingRule(.list(["1"])))]
        let configuration = AdjusterConfiguration(components: [
            web, ComponentConfiguration(name: "api", service: "api"),
        ])
        func names(_ component: String, _ names: [String]) -> [String] {
            AdjustmentRequest(components: [.init(component, names.map { .init($0, 1) })]).unknownSettings(
                in: configuration)
        }
        #expect(names("web", ["cpu", "mem", "memory", "replicas", "GOGC"]) == [])
        #expect(names("web", ["GOGC", "b", "a"]) == ["component web input contains unknown setting(s): b, a"])
        #expect(names("api", ["GOGC"]) == ["component api input contains unknown setting(s): GOGC"])
        #expect(names("other", ["b"]) == [])
    }
}
