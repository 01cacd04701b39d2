import Basics
import Foundation
import Glibc
import ServiceHistory
import TestSupport
import Testing

@testable import LocalHistory

/// The history in files: ends of any kind, and files that cannot be used.
@Suite(.timeLimit(.minutes(2)))
struct HistoryDatabaseTests {
    private static func run(_ number: Int, state: String = "running") -> ExperimentRun {
        let start = HistoryStand.noon + .seconds(number)
        return ExperimentRun(
            experiment: "outage", title: "Search is gone", start: start,
            end: state == "running" ? nil : start + .seconds(9), state: state,
            outcome: state == "running" ? "" : "all as expected",
            activities: [
                .init(name: "stop", kind: "action", start: start + .seconds(1), end: start + .seconds(2), isGood: true),
                .init(name: "look", kind: "probe", start: start + .seconds(3), end: nil, isGood: false),
            ])
    }

    @Test("all that was recorded is there after a restart")
    func restart() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            let change = AlarmChange(
                alarm: "check-web", time: HistoryStand.noon, state: "ALARM", reason: "it's \"down\"")
            let message = SentMessage(
                time: HistoryStand.noon, title: "web ist außer Betrieb", text: "a\nb", tone: "bad", output: "inbox")
            let before: [ServiceHistory]
            do {
                let database = await stand.open()
                database.record(results: (0..<400).map { .at(Double($0) * 10, $0 % 100 != 50, cause: "timeout") })
                database.record(results: [.at(1, false, of: HistoryStand.pay, took: nil, cause: "exit status 3")])
                database.record(maintenance: HistoryStand.noon..<HistoryStand.noon + .seconds(60), of: HistoryStand.pay)
                database.record(alarmChange: change)
                database.record(message: message)
                database.record(run: Self.run(0))
                database.record(run: Self.run(100))
                database.record(run: Self.run(0, state: "passed"))
                for _ in 0..<3 {
                    database.record(
                        totals: FunctionTotals(
                            function: "notifier", hour: HistoryStand.noon + .seconds(99), invocations: 2, errors: 1,
                            starts: 1, milliseconds: 1.5, maximumMilliseconds: 1.25, peakMemory: 5_000_000))
                }
                before = database.histories(until: HistoryStand.noon + .seconds(4_000), detail: .full)
                await database.flush()
            }
            let database = await stand.open()
            #expect(database.histories(until: HistoryStand.noon + .seconds(4_000), detail: .full) == before)
            #expect(before.map(\.displayName) == ["pay", "shop/web"])
            #expect(await database.alarmChanges(limit: 5) == [change])
            #expect(await database.messages(limit: 5) == [message])
            #expect(await database.runs(limit: 5) == [Self.run(100), Self.run(0, state: "passed")])
            let hour = HistoryStand.noon..<HistoryStand.noon + .seconds(3_600)
            #expect(
                await database.totals(in: hour) == [
                    FunctionTotals(
                        function: "notifier", hour: HistoryStand.noon, invocations: 6, errors: 3, starts: 3,
                        milliseconds: 4.5, maximumMilliseconds: 1.25, peakMemory: 5_000_000)
                ])
            #expect(stand.notes() == [])
        }
    }

    @Test("an outage goes on after a restart, and ends where results stopped for long")
    func outagesAcrossRestarts() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            for results in [
                [ServiceResult.at(0), .at(10, false, cause: "timeout")], [.at(40, false)], [.at(50)],
                [.at(60, false)], [.at(5_000, false)],
            ] {
                let database = await stand.open()
                database.record(results: results)
                await database.flush()
            }
            let database = await stand.open()
            let outages = database.outages(in: HistoryStand.noon..<HistoryStand.noon + .seconds(9_000))
            func time(_ seconds: Int) -> Timestamp { HistoryStand.noon + .seconds(seconds) }
            #expect(
                outages[HistoryStand.web] == [
                    Outage(start: time(10), end: time(50), failures: 2, cause: "timeout"),
                    Outage(start: time(60), end: time(70), failures: 1),
                    Outage(start: time(5_000), end: nil, failures: 1),
                ])
        }
    }

    @Test("a restart does not cut an outage of what is checked each half hour")
    func seldomCheckedAcrossRestarts() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            for results in [[ServiceResult.at(0), .at(1_800, false)], [.at(3_600, false)], [.at(5_400)]] {
                let database = await stand.open()
                database.record(results: results)
                await database.flush()
            }
            let database = await stand.open()
            let outages = database.outages(in: HistoryStand.noon..<HistoryStand.noon + .seconds(9_000))
            func time(_ seconds: Int) -> Timestamp { HistoryStand.noon + .seconds(seconds) }
            #expect(outages[HistoryStand.web] == [Outage(start: time(1_800), end: time(5_400), failures: 2)])
        }
    }

    @Test("an alarm that changes all the time takes no other's place")
    func changesOfEachAlarm() async throws {
        let database = await HistoryDatabase.open(nil) { Issue.record("\($0)") }
        func change(_ alarm: String, _ second: Int) -> AlarmChange {
            AlarmChange(alarm: alarm, time: HistoryStand.noon + .seconds(second), state: "ALARM", reason: "\(second)")
        }
        database.record(alarmChange: change("quiet", 0))
        for second in 1...50 { database.record(alarmChange: change("busy", second)) }
        let busy = [change("busy", 50), change("busy", 49), change("busy", 48)]
        #expect(await database.alarmChanges(ofEach: 3, limit: 100) == busy + [change("quiet", 0)])
        #expect(await database.alarmChanges(ofEach: 3, limit: 3) == busy)
        #expect(await database.alarmChanges(limit: 100).count == 51)
    }

    @Test("what is written is not written again when the file cannot be cleaned")
    func cleaningThatFails() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder, limits: HistoryLimits(results: .seconds(60)))
            let database = await stand.open()
            _ = try stand.number(
                "CREATE TRIGGER no BEFORE DELETE ON result BEGIN SELECT RAISE(ABORT, 'nothing goes'); END")
            database.record(results: [.at(0), .at(1)])
            database.record(
                message: SentMessage(time: HistoryStand.noon, title: "one", text: "", tone: "", output: "inbox"))
            stand.clock.advance(.seconds(3_600))
            await database.flush()
            #expect(stand.notes().first?.hasPrefix("The history cannot be written: ") == true)
            _ = try stand.number("DROP TRIGGER no")
            database.record(results: [.at(3_599)])
            stand.clock.advance(.seconds(3_600))
            await database.flush()
            #expect(stand.notes().first?.hasPrefix("The history is written again, after: ") == true)
            #expect(try stand.number("SELECT sum(attempts) FROM hour") == 3)
            #expect(try stand.number("SELECT count(*) FROM message") == 1)
        }
    }

    @Test("reading finds what is not written yet, and no name or text becomes SQL")
    func readingBeforeWriting() async throws {
        let database = await HistoryDatabase.open(nil) { Issue.record("\($0)") }
        let name = "x'); DROP TABLE message; -- \u{0}\u{1F514}"
        database.record(
            message: SentMessage(time: HistoryStand.noon, title: name, text: "", tone: "", output: "inbox"))
        database.record(results: [.at(0, of: ServiceKey(.check, group: name, name: name))])
        // SQLite's texts end at a zero.
        #expect(await database.messages(limit: 1).first?.title == String(name.prefix { $0 != "\u{0}" }))
        #expect(database.histories(until: HistoryStand.noon).map(\.group) == [name])
    }

    // MARK: Ends

    /// A process that is killed at any moment of its writing leaves a file whose parts agree.
    @Test(arguments: [1, 7, 30]) func killed(writes: Int) async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            setenv("TOCSIN_HISTORY_FOLDER", folder.path, 1)
            setenv("TOCSIN_HISTORY_WRITES", "\(writes)", 1)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["TOCSIN_HISTORY_FOLDER"] ?? "")
                let writes = Int(ProcessInfo.processInfo.environment["TOCSIN_HISTORY_WRITES"] ?? "") ?? 0
                let database = await HistoryStand(folder).open()
                let written = Locked(0)
                let killer = Thread {
                    while written.withLock({ $0 }) < writes { usleep(100) }
                    usleep(useconds_t.random(in: 0..<20_000))
                    kill(getpid(), SIGKILL)
                }
                killer.start()
                for round in 0... {
                    let results = (0..<500).map { number in
                        ServiceResult.at(
                            Double(round), number % 50 != round % 50, of: ServiceKey(.check, name: "\(number)"))
                    }
                    database.record(results: results)
                    await database.flush()
                    written.withLock { $0 += 1 }
                }
            }
            let database = await stand.open()
            #expect(stand.notes() == [])
            for column in ["attempts", "successes", "timed", "total"] {
                let sums = try ["result", "minute", "hour"].map { try stand.number("SELECT sum(\(column)) FROM \($0)") }
                #expect(Set(sums).count == 1, "\(column): \(sums)")
            }
            // Whole batches only.
            #expect(try stand.number("SELECT sum(attempts) % 500 FROM hour") == 0)
            #expect(try stand.number("SELECT sum(attempts) FROM hour") >= writes * 500)
            #expect(database.histories(until: HistoryStand.noon + .seconds(3_600)).count == 500)
        }
    }

    @Test("run writes for a last time when it is cancelled")
    func cancelledRun() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            let database = await stand.open()
            let run = Task { await database.run() }
            database.record(results: [.at(0)])
            run.cancel()
            await run.value
            #expect(try stand.number("SELECT count(*) FROM result") == 1)
        }
    }

    // MARK: Files that cannot be used

    @Test func twoAtATime() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            let first = await stand.open()
            first.record(results: [.at(0)])
            first.record(run: Self.run(0, state: "passed"))
            await first.flush()
            let second = await stand.open()
            let notes = stand.notes()
            #expect(notes.count == 1)
            #expect(notes.first?.contains("belongs to another tocsin that is running") == true)
            // It sees what is there, and writes nothing into it.
            second.record(results: [.at(10)])
            await second.flush()
            #expect(second.histories(until: HistoryStand.noon + .seconds(60)).first?.points.count == 2)
            #expect(await second.runs(limit: 1).count == 1)
            #expect(try stand.number("SELECT count(*) FROM result") == 1)
            #expect(stand.notes() == [])
            withExtendedLifetime(first) {}
        }
    }

    @Test func damagedFile() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            let garbage = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
            try garbage.write(to: URL(fileURLWithPath: stand.path))
            let database = await stand.open()
            let note = try #require(stand.notes().first)
            #expect(note.contains("is damaged"))
            let aside = try #require(try stand.files().first { $0.hasPrefix("history.sqlite.damaged-") })
            #expect(note.contains(aside))
            #expect(try Data(contentsOf: folder.appending(path: aside)) == garbage)
            database.record(results: [.at(0)])
            await database.flush()
            #expect(try stand.number("SELECT count(*) FROM result") == 1)
        }
    }

    /// Content that is damaged behind an intact head is found when it is read.
    @Test func damagedPages() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            do {
                let database = await stand.open()
                for batch in 0..<20 {
                    database.record(results: (0..<500).map { .at(Double(batch * 500 + $0)) })
                }
                await database.flush()
            }
            var bytes = try Data(contentsOf: URL(fileURLWithPath: stand.path))
            for index in 8 * 4_096..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 13) }
            try bytes.write(to: URL(fileURLWithPath: stand.path))
            let database = await stand.open()
            #expect(stand.notes().first?.contains("is damaged") == true)
            #expect(database.histories(until: HistoryStand.noon).isEmpty)
        }
    }

    @Test func newerVersion() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            do { _ = await stand.open() }
            _ = try stand.number("PRAGMA user_version = 99")
            let database = await stand.open()
            #expect(stand.notes().first?.contains("its format is 99") == true)
            database.record(results: [.at(0)])
            await database.flush()
            #expect(database.histories(until: HistoryStand.noon).count == 1)
            #expect(try stand.number("SELECT count(*) FROM result") == 0)
            #expect(try stand.number("PRAGMA user_version") == 99)
            #expect(try stand.files().filter { $0.contains("damaged") } == [])
        }
    }

    @Test func fileThatIsRemovedWhileItIsOpen() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder)
            let database = await stand.open()
            database.record(results: [.at(0)])
            await database.flush()
            for name in try stand.files() { try FileManager.default.removeItem(at: folder.appending(path: name)) }
            database.record(results: [.at(10)])
            await database.flush()
            #expect(stand.notes().first?.contains("is gone") == true)
            #expect(try stand.number("SELECT sum(attempts) FROM hour") == 2)
            database.record(results: [.at(20)])
            await database.flush()
            #expect(try stand.number("SELECT sum(attempts) FROM hour") == 3)
            #expect(stand.notes() == [])
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "a file system can only be mounted by root"))
    func fullDisk() async throws {
        try await SmallDisk.with(megabytes: 1) { disk async throws in
            let stand = HistoryStand(disk)
            let database = await stand.open()
            database.record(results: [.at(0)])
            await database.flush()
            #expect(stand.notes() == [])
            let ballast = disk.appending(path: "ballast")
            _ = try? Data(count: 2_000_000).write(to: ballast)
            _ = try Command.run("dd", ["if=/dev/zero", "of=\(ballast.path)", "bs=4096"])
            database.record(results: (1...5_000).map { .at(Double($0)) })
            await database.flush()
            let note = try #require(stand.notes().first)
            #expect(note.contains("there is no room on the disk"))
            // It is told once, and tried again later.
            stand.clock.advance(.seconds(11))
            await database.flush()
            #expect(stand.notes() == [])
            #expect(
                database.history(of: HistoryStand.web, until: HistoryStand.noon + .seconds(5_000))?.points.count
                    == 5_001)
            try FileManager.default.removeItem(at: ballast)
            stand.clock.advance(.seconds(11))
            await database.flush()
            #expect(stand.notes().first?.contains("is written again") == true)
            #expect(try stand.number("SELECT sum(attempts) FROM hour") == 5_001)
            #expect(try stand.number("SELECT count(*) FROM result") == 5_001)
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "a file system can only be mounted by root"))
    func readOnlyFolder() async throws {
        try await SmallDisk.with(megabytes: 4) { disk async throws in
            let stand = HistoryStand(disk)
            do {
                let database = await stand.open()
                database.record(results: [.at(0)])
                await database.flush()
            }
            let remounted = try Command.run("mount", ["-o", "remount,ro", disk.path])
            try #require(remounted.status == 0, "\(remounted.errors)")
            let database = await stand.open()
            #expect(stand.notes().first?.contains("cannot be written") == true)
            database.record(results: [.at(10)])
            await database.flush()
            #expect(database.histories(until: HistoryStand.noon + .seconds(60)).first?.points.count == 2)
            #expect(stand.notes() == [])
        }
    }

    @Test func folderThatIsNotThere() async throws {
        let note = Locked("")
        let database = await HistoryDatabase.open("/nowhere/history.sqlite") { line in note.withLock { $0 = line } }
        #expect(note.withLock { $0 }.contains("/nowhere/history.sqlite.lock: No such file or directory"))
        database.record(results: [.at(0)])
        await database.flush()
        #expect(database.histories(until: HistoryStand.noon).count == 1)
    }

    @Test func namesThatMeanSomethingInAddresses() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let odd = folder.appending(path: "a?mode=ro#50%25")
            try FileManager.default.createDirectory(at: odd, withIntermediateDirectories: true)
            let stand = HistoryStand(odd)
            let database = await stand.open()
            database.record(results: [.at(0)])
            await database.flush()
            #expect(stand.notes() == [])
            #expect(try stand.files().contains("history.sqlite"))
        }
    }

    // MARK: Age and size

    @Test func age() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let limits = HistoryLimits(
                results: .seconds(600), minutes: .seconds(3_600), age: .seconds(2 * 86_400), bytes: 100_000_000)
            let stand = HistoryStand(folder, limits: limits)
            let database = await stand.open()
            database.record(results: (0..<360).map { .at(Double($0) * 60) })
            database.record(results: [.at(0, of: HistoryStand.pay)])
            database.record(
                message: SentMessage(time: HistoryStand.noon, title: "old", text: "", tone: "", output: "inbox"))
            stand.clock.advance(.seconds(6 * 3_600))
            await database.flush()
            // 360 minutes: the last ten as results, sixty as minutes, all as hours.
            #expect(try stand.number("SELECT count(*) FROM result") == 10)
            #expect(try stand.number("SELECT count(*) FROM minute") == 60)
            #expect(try stand.number("SELECT count(*) FROM hour") == 7)
            let points = database.history(of: HistoryStand.web, until: stand.clock.now)?.points ?? []
            #expect(points.reduce(0) { $0 + $1.attempts } == 360)
            stand.clock.advance(.seconds(3 * 86_400))
            await database.flush()
            #expect(try stand.number("SELECT count(*) FROM hour") == 0)
            #expect(try stand.number("SELECT count(*) FROM service") == 0)
            #expect(await database.messages(limit: 1) == [])
            #expect(database.histories(until: stand.clock.now).isEmpty)
        }
    }

    @Test("a full file loses its finest points first, and never grows far above the limit")
    func size() async throws {
        try await Workspace.withTemporaryFolder { folder async throws in
            let stand = HistoryStand(folder, limits: HistoryLimits(bytes: 400_000))
            let database = await stand.open()
            for hour in 0..<24 {
                let results = (0..<360).flatMap { number in
                    (0..<5).map { service in
                        ServiceResult.at(
                            Double(hour * 3_600 + number * 10), of: ServiceKey(.check, name: "\(service)"))
                    }
                }
                database.record(results: results)
                stand.clock.advance(.seconds(3_600))
                await database.flush()
                #expect(try stand.number("PRAGMA page_count") * 4_096 < 400_000)
            }
            #expect(try stand.number("SELECT sum(attempts) FROM hour") == 24 * 5 * 360)
            #expect(try stand.number("SELECT count(DISTINCT time) FROM hour") == 24)
            #expect(try stand.number("SELECT count(*) FROM minute") > 0)
            // No result counts twice or not at all where the finer points end.
            let history = database.history(of: ServiceKey(.check, name: "0"), until: stand.clock.now)
            #expect(history?.points.reduce(0) { $0 + $1.attempts } == 24 * 360)
            #expect(stand.notes() == [])
        }
    }
}
