import AlarmEvaluation
import Basics
import CloudWatchAlarms
import Console
import Foundation
import JSON
import LocalHistory
import ServiceHistory
import StatusPages
import TestSupport
import Testing
import TimeZones
import Transport
import UptimeChecker

@testable import LocalCloud
@testable import tocsin

/// What a session records and holds back, with real parts.
struct UpRecorderTests {
    private static func time(_ seconds: Int) -> Timestamp {
        Timestamp(microseconds: (1_795_885_200 + Int64(seconds)) * 1_000_000)
    }

    /// A system with two endpoints and planned work on one of them, whatever the time.
    private static func system() throws -> UpSystem {
        let file = """
            endpoints:
              - {name: Büro, group: shop, url: "tcp://127.0.0.1:1", conditions: ["[CONNECTED] == true"]}
              - {name: web, url: "tcp://127.0.0.1:1", conditions: ["[CONNECTED] == true"]}
            """
        var system = UpSystem()
        system.checks = try CombinedEndpoints([.init(name: "f", bytes: Array(file.utf8))], environment: [:])
        let always = WeeklyWindow(startMinute: 0, duration: .seconds(86_400))
        system.maintenance = [.init(window: always, json: [:], services: ["shop/Bür*"])]
        return system
    }

    private static func recorder(_ system: UpSystem) async -> UpRecorder {
        let recorder = await UpRecorder(
            database: await HistoryDatabase.open(nil) { _ in }, silences: Silences(folder: nil),
            folder: nil, startedAt: time(0))
        recorder.take(system)
        return recorder
    }

    private static func statistic(_ dimensions: [String: String]) -> MetricStatistic {
        MetricStatistic(
            namespace: "Monitoring/Uptime", metric: "success", dimensions: dimensions, statistic: "Average", period: 60)
    }

    private static func alarm(_ name: String, _ data: AlarmData) -> Alarm {
        Alarm(name: name, condition: .metric(MetricCondition(data: data, threshold: .value(.less, 0.7))))
    }

    @Test("planned work holds back alarms on its services, also on math over them, at every second of a minute")
    func plannedWork() async throws {
        let recorder = await Self.recorder(try Self.system())
        let planned = Self.statistic(["group": "shop", "name": "B%C3%BCro"])
        let other = Self.statistic(["name": "web"])
        let math = { (metrics: [MetricStatistic]) -> AlarmData in
            .queries(
                metrics.enumerated().map { MetricQuery(id: "m\($0)", source: .metric($1, account: nil)) }
                    + [MetricQuery(id: "e", source: .expression("1 - m0", period: 60), returnsData: true)])
        }
        let alarms = [
            Self.alarm("planned", .metric(planned)), Self.alarm("other", .metric(other)),
            Self.alarm("math", math([planned, planned])), Self.alarm("both", math([planned, other])),
            Self.alarm("none", math([])),
        ]
        for second in [0, 1, 2, 3, 59] {
            let now = Self.time(second)
            // The evaluation is three seconds behind.
            let held = try recorder.muteRules(for: alarms, at: now).filter {
                try MuteSchedule($0).window(at: now - .seconds(3)) != nil
            }
            #expect(held.flatMap(\.alarms) == ["planned", "math"], "\(second)")
        }
    }

    @Test("planned work is in the history before its window ends, and once")
    func historyOfPlannedWork() async throws {
        let recorder = await Self.recorder(try Self.system())
        func shown(at second: Int) -> [Range<Timestamp>] {
            recorder.snapshot(at: Self.time(second)).services
                .first { $0.history.displayName == "shop/Büro" }?.history.maintenance ?? []
        }
        for second in 0...14 { recorder.tick(at: Self.time(second)) }
        // Ten seconds of it are in the history, the rest is added.
        #expect(shown(at: 14) == [Self.time(0)..<Self.time(14)])
        recorder.close(at: Self.time(15))
        #expect(shown(at: 60) == [Self.time(0)..<Self.time(15)])
    }

    @Test("an alarm that is not evaluated says why")
    func notEvaluated() async throws {
        let recorder = await Self.recorder(try Self.system())
        let metric = AlarmData.metric(Self.statistic(["name": "web"]))
        let band = MetricCondition(data: metric, threshold: .band(.outside, queryID: "b"))
        let location = AlarmLocation(account: "1", region: "us-east-1", regionName: "N. Virginia")
        let engine = try AlarmEngine(
            [Alarm(name: "band", condition: .metric(band)), Self.alarm("plain", metric)], location: location,
            createdAt: Self.time(0))
        recorder.take(AlarmRound(engine, []))
        let reasons = recorder.snapshot(at: Self.time(1)).alarms.map { "\($0.name): \($0.reason)" }
        #expect(reasons.count == 2)
        #expect(
            reasons.first
                == "band: It is not evaluated: anomaly bands are not evaluated locally: they need AWS's model")
        #expect(reasons.last?.contains("not evaluated") == false)
    }

    @Test("a version whose files cannot be written is not in force, not even in part, and is once they can be")
    func halfTaken() async throws {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        try await Workspace.withTemporaryFolder { folder in
            let place = folder.appending(path: "files").path
            let recorder = await Self.recorder(UpSystem())
            let session = UpSession(
                UpSystem(),
                settings: .init(
                    runner: "", resultWriter: "metric-writer", environment: [:], temporaryFolder: place,
                    notifierState: place, hasFolder: true, checkerState: place),
                recorder: recorder, display: LiveTable(tests: [], environment: [:]), loop: loop)
            let system = try Self.system()
            #expect(throws: SystemError(2)) { try session.take(system) }
            #expect(recorder.snapshot(at: Self.time(0)).services.isEmpty)
            #expect(!recorder.isWatched("web"))
            try makeFolder(place)
            try session.take(system)
            #expect(recorder.isWatched("web"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["endpoints.json"])
            // Before it runs there is nothing that ends in its own order.
            #expect(!session.stop())
        }
    }

    @Test("a version that could not be taken over comes again without another change", .timeLimit(.minutes(1)))
    func retries() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "a").path
            let seen = Locked(0)
            let watch = FolderWatch {
                .init(system: .success(UpSystem()), stamps: [path: FileStamp(path)])
            }
            let version = await watch.read()
            try "new".write(toFile: path, atomically: true, encoding: .utf8)
            let watching = Locked<Task<Void, Never>?>(nil)
            let task = Task {
                await watch.run(after: version) { _ in
                    let count = seen.withLock { count in
                        count += 1
                        return count
                    }
                    if count == 3 { watching.withLock { $0?.cancel() } }
                    return false
                }
            }
            watching.withLock { $0 = task }
            await task.value
            #expect(seen.withLock { $0 } == 3)
        }
    }
}
