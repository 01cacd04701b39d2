import AWS
import Basics
import Configuration
import Foundation
import JSON
import TestSupport
import Testing
import YAML

@testable import Experiments

@Suite(.timeLimit(.minutes(2))) struct StopConditionTests {
    private let clock = TestClock()
    /// A look that hangs is not waited for: its time is over at once when the test is impatient.
    private let isPatient = Locked(true)

    private var time: TimeSource {
        clock.source(realSleep: { _ in if isPatient.withLock({ $0 }) { try await Task.sleep(for: .seconds(3_600)) } })
    }

    private func monitor(
        _ conditions: StopConditions, _ ask: @escaping StopMonitor.Ask = { _ in nil }
    ) -> StopMonitor {
        StopMonitor(conditions, aws: { try SafetyMoto.aws() }, time: time, ask: ask)
    }

    private func probe(_ name: String, _ timing: StopConditions.Probe.Timing) -> StopConditions.Probe {
        StopConditions.Probe(Samples.activity(name, ["type": "http"], kind: "probe"), timing)
    }

    @Test("probes are asked when they are due, and only then")
    func timing() async throws {
        let asked = Locked<[String]>([])
        let conditions = StopConditions(
            probes: [
                probe("a", .every(.seconds(5))), probe("b", .before), probe("c", .once),
                probe("d", .every(.seconds(7))),
            ])
        let monitor = monitor(conditions) { activity in
            asked.withLock { $0.append(activity.name) }
            return nil
        }
        func take() -> [String] {
            asked.withLock { names in
                defer { names = [] }; return names
            }
        }
        try await monitor.start()
        #expect(take() == ["a", "b", "d"])
        #expect(await monitor.poll() == nil)
        #expect(take() == ["c"])
        #expect(monitor.pause == .seconds(5))
        clock.advance(.seconds(5) - .microseconds(1))
        #expect(await monitor.poll() == nil)
        #expect(take() == [])
        clock.advance(.microseconds(1))
        #expect(await monitor.poll() == nil)
        #expect(take() == ["a"])
        clock.advance(.seconds(2))
        #expect(await monitor.poll() == nil)
        #expect(take() == ["d"])
    }

    @Test("a process that goes on with a run asks at once, and knows how often nobody could be asked")
    func goesOn() async throws {
        let asked = Locked(0)
        let conditions = StopConditions(probes: [probe("a", .every(.seconds(5))), probe("b", .before)])
        let monitor = monitor(conditions) { _ in
            asked.withLock { $0 += 1 }
            throw ExperimentError(.activityFailed, "no route")
        }
        monitor.failures = [0, 1, 0]
        #expect(monitor.pause == .zero)
        #expect(await monitor.poll() == nil)
        #expect(monitor.failures == [0, 2, 0])
        #expect(asked.withLock { $0 } == 1)
        clock.advance(.seconds(5))
        #expect(await monitor.poll()?.kind == .blind)
    }

    @Test(
        "how often a probe is asked has limits",
        arguments: [
            (1e300, .every(.seconds(2_592_000))), (1e-9, .every(.milliseconds(100))),
            (2.5, .every(.milliseconds(2_500))),
            (-1, .before),
        ] as [(Double, StopConditions.Probe.Timing)])
    func frequency(seconds: Double, timing: StopConditions.Probe.Timing) throws {
        let probe: JSONValue = ["name": "p", "type": "probe", "frequency": .double(seconds), "tolerance": true]
        let control = ControlDeclaration(declaration: [
            "name": "s",
            "provider": ["module": "chaosaddons.controls.safeguards", "arguments": ["probes": [probe]]],
        ])
        #expect(StopConditions(safeguards: control)?.probes.map(\.timing) == [timing])
    }

    @Test func looksCanBeSpaced() {
        var conditions = StopConditions(alarms: ["a"], probes: [probe("p", .every(.seconds(5))), probe("q", .before)])
        #expect(conditions.shortestInterval == .seconds(5))
        conditions = conditions.asked(atMostEvery: .seconds(20))
        #expect(conditions.shortestInterval == .seconds(20))
        #expect(conditions.probes.map(\.timing) == [.every(.seconds(20)), .before])
        #expect(StopConditions().shortestInterval == nil)
    }

    @Test("a probe outside of its tolerance ends the run, and forbids its start")
    func probeStops() async throws {
        let isBad = Locked(false)
        let ask: StopMonitor.Ask = { _ in isBad.withLock { $0 } ? "503" : nil }
        let running = monitor(StopConditions(probes: [probe("site", .every(.seconds(1)))]), ask)
        try await running.start()
        isBad.withLock { $0 = true }
        clock.advance(.seconds(1))
        let reason = await running.poll()
        #expect(reason == StopReason(.probe, "site", "the probe \"site\" is outside of its tolerance: 503"))
        #expect(reason?.json["kind"] == "probe")
        await #expect {
            try await monitor(StopConditions(probes: [probe("site", .before)]), ask).start()
        } throws: { ($0 as? ExperimentError)?.code == .refused }
    }

    /// Looks that fail (`x`) and succeed (`.`), and after which one the run ends.
    @Test(
        "a condition that cannot be asked so often in a row ends the run: nobody watches it",
        arguments: [("xxx", 3), ("xx.xx.", nil), ("xx.xxx", 6), ("......", nil)] as [(String, Int?)])
    func blind(looks: String, end: Int?) async throws {
        let next = Locked(Array("." + looks))
        let monitor = monitor(StopConditions(probes: [probe("site", .every(.seconds(1)))])) { _ in
            if next.withLock({ $0.removeFirst() }) == "x" { throw ExperimentError(.activityFailed, "no route") }
            return nil
        }
        try await monitor.start()
        for look in 1...looks.count {
            clock.advance(.seconds(1))
            let reason = await monitor.poll()
            #expect(reason?.kind == (look == end ? .blind : nil), "look \(look)")
            if look == end {
                #expect(reason?.message.contains("could not be asked 3 times in a row") == true)
                return
            }
        }
        #expect(end == nil)
    }

    @Test("a probe that hangs counts as one that cannot be asked")
    func hangs() async throws {
        let hangs = Locked(false)
        let monitor = monitor(StopConditions(probes: [probe("site", .once)])) { _ in
            if hangs.withLock({ $0 }) { try await Task.sleep(for: .seconds(3_600)) }
            return nil
        }
        try await monitor.start()
        hangs.withLock { $0 = true }
        isPatient.withLock { $0 = false }
        let reason = await monitor.poll()
        #expect(reason?.kind == .blind)
        #expect(reason?.message.contains("no answer within 1 m") == true)
    }

    @Test func aConditionThatCannotBeAskedForbidsTheStart() async throws {
        let monitor = monitor(StopConditions(probes: [probe("site", .every(.seconds(1)))])) { _ in
            throw ExperimentError(.activityFailed, "no route")
        }
        await #expect {
            try await monitor.start()
        } throws: { "\($0)" == "nothing is run, because the probe \"site\" cannot be asked: no route" }
    }

    @Test("the safeguards of Chaos Toolkit's addon are stop conditions")
    func safeguards() throws {
        let control = ControlDeclaration(declaration: [
            "name": "safeguard",
            "provider": [
                "type": "python", "module": "chaosaddons.controls.safeguards",
                "arguments": [
                    "probes": [
                        ["name": "one", "type": "probe", "background": true, "tolerance": true, "provider": [:]],
                        ["name": "two", "type": "probe", "tolerance": true, "provider": [:]],
                        [
                            "name": "three", "type": "probe", "frequency": 2, "background": true, "tolerance": 1,
                            "provider": [:],
                        ],
                        ["name": "four", "type": "probe", "frequency": 1e300, "tolerance": true, "provider": [:]],
                    ]
                ],
            ],
        ])
        let conditions = try #require(StopConditions(safeguards: [ControlDeclaration(declaration: [:]), control]))
        #expect(conditions.probes.map(\.activity.name) == ["one", "two", "three", "four"])
        #expect(
            conditions.probes.map(\.timing) == [.once, .before, .every(.seconds(2)), .every(.seconds(2_592_000))])
        #expect(conditions.probes[2].activity.tolerance == 1)
        #expect(StopConditions(safeguards: ControlDeclaration(declaration: ["provider": ["module": "x"]])) == nil)
    }

    @Test func readsAFile() throws {
        let text = """
            alarms: [a, b]
            insufficient-data: stop
            interval: 30s
            failures: 5
            probes: [{name: p, type: probe, tolerance: 200, provider: {type: http}, frequency: 2.5}, {name: q},
                     {name: r, type: probe, tolerance: 200, provider: {type: http}, frequency: 1.0e+300}]
            unknown: 1
            """
        let diagnostics = Diagnostics()
        let node = try YAMLNode(parsing: Array(text.utf8))
        let section = try #require(ConfigurationSection(node, path: "stop", diagnostics: diagnostics))
        let conditions = StopConditions(section)
        #expect(conditions.names == ["a", "b", "p", "r"])
        #expect(conditions.probes[0].timing == .every(.milliseconds(2_500)))
        #expect(conditions.probes[1].timing == .every(.seconds(2_592_000)))
        #expect(conditions.stopsWithoutData)
        #expect(conditions.interval == .seconds(30))
        #expect(conditions.maximumFailures == 5)
        #expect(diagnostics.faults.map(\.path) == ["stop.probes[1]", "stop.unknown"])
    }
}

@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct AlarmTests {
    private let clock = TestClock()

    private func monitor(_ conditions: StopConditions, region: String = "eu-central-1") -> StopMonitor {
        StopMonitor(
            conditions, aws: { try SafetyMoto.aws(region: region) },
            time: TimeSource(
                now: { .now() + (clock.now - Timestamp(secondsSinceEpoch: 1_800_000_000)) },
                sleep: { try await Task.sleep(for: $0) },
                random: { 0 })
        ) { _ in nil }
    }

    private func call(_ operation: String, _ input: JSONValue, region: String = "eu-central-1") async throws {
        _ = try await AWSClient(.cloudWatch, configuration: SafetyMoto.aws(region: region)).call(operation, input)
    }

    private func makeAlarm(_ region: String = "eu-central-1") async throws -> String {
        let name = SafetyMoto.name("alarm")
        try await call(
            "PutMetricAlarm",
            [
                "AlarmName": .string(name), "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60,
                "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
            ], region: region)
        try await set(name, "OK", region: region)
        return name
    }

    private func set(_ name: String, _ state: String, region: String = "eu-central-1") async throws {
        try await call(
            "SetAlarmState",
            ["AlarmName": .string(name), "StateValue": .string(state), "StateReason": "too slow"], region: region)
    }

    @Test("an alarm ends the run as soon as it is in ALARM")
    func alarm() async throws {
        let names = [try await makeAlarm(), try await makeAlarm()]
        let monitor = monitor(StopConditions(alarms: names))
        try await monitor.start()
        clock.advance(.seconds(11))
        #expect(await monitor.poll() == nil)
        try await set(names[1], "ALARM")
        #expect(await monitor.poll() == nil, "not due")
        clock.advance(.seconds(11))
        let reason = await monitor.poll()
        #expect(reason == StopReason(.alarm, names[1], "the alarm \(names[1]) is in ALARM: too slow"))
        await #expect(throws: ExperimentError.self) { try await self.monitor(StopConditions(alarms: names)).start() }
    }

    @Test("an alarm without data is tolerated or not, as the setting says", arguments: [true, false])
    func insufficientData(stops: Bool) async throws {
        let name = try await makeAlarm()
        var conditions = StopConditions(alarms: [name])
        conditions.stopsWithoutData = stops
        let monitor = monitor(conditions)
        try await monitor.start()
        try await set(name, "INSUFFICIENT_DATA")
        clock.advance(.seconds(11))
        #expect(await monitor.poll()?.kind == (stops ? .alarm : nil))
    }

    @Test("an alarm that does not exist forbids the start")
    func missing() async throws {
        let name = try await makeAlarm()
        await #expect {
            try await monitor(StopConditions(alarms: [name, "not-there"])).start()
        } throws: { error in
            (error as? ExperimentError)?.code == .refused
                && "\(error)".contains("the alarm not-there does not exist in eu-central-1")
        }
    }

    @Test("an alarm's ARN names its region")
    func otherRegion() async throws {
        let name = try await makeAlarm("us-east-1")
        let arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:\(name)"
        try await monitor(StopConditions(alarms: [arn])).start()
        await #expect(throws: ExperimentError.self) { try await monitor(StopConditions(alarms: [name])).start() }
    }
}
