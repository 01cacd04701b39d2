import Basics
import Foundation
import JSON
import LocalCloud
import TestSupport
import Testing
import Transport
import UptimeChecker

@testable import tocsin

/// A folder with `tocsin.yaml`: what is read from it, and where its faults are told.
struct UpFolderTests {
    private static let loop = Result { try EventLoop.onOwnThread() }

    /// What a folder with these files is read as.
    private func read(
        _ files: [String: String], environment: [String: String] = ["SITE": "http://127.0.0.1:1"]
    ) async throws -> UpFolder.Version {
        try await Workspace.withTemporaryFolder { folder in
            for (name, text) in files {
                let file = folder.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            return await UpFolder(path: folder.path, environment: environment, loop: try Self.loop.get()).read()
        }
    }

    private func faults(_ files: [String: String], _ environment: [String: String] = [:]) async throws -> [String] {
        guard case .failure(let faults) = try await read(files, environment: environment).system else { return [] }
        return faults.lines
    }

    @Test("the folder that --init writes is the one in the documentation, and has no faults")
    func starter() async throws {
        let system = try await read(Dictionary(StarterFolder.files.map { ($0.name, $0.text) }) { $1 }).system.get()
        #expect(system.notes == [])
        #expect(system.checks?.entries.map(\.displayName) == ["shop/front-page", "shop/search"])
        #expect(system.tests.map(\.service) == ["disk"])
        #expect(system.tests.first?.delay == 10)
        #expect(system.tests.first?.timeout == .seconds(5))
        #expect(system.alarmRules.map(\.name) == ["alarms.yaml"])
        #expect(system.experiments.map(\.id) == ["experiments/search-outage.yaml"])
        #expect(system.objective(of: "shop/search") == 99.5)
        #expect(system.objective(of: "disk") == nil)
        #expect(system.history == UpSystem.HistoryLimits(days: 90, size: 200 << 20))
        for (name, text) in StarterFolder.files {
            let file = Workspace.root.appending(path: "docs/examples/tocsin/\(name)")
            #expect(try String(contentsOf: file, encoding: .utf8) == text, "\(name)")
        }
    }

    @Test("external endpoints are services whose results are pushed to the address that pushes says")
    func externalEndpoints() async throws {
        let text = """
            checks: {external-endpoints: [{name: b, group: a, token: t, heartbeat: {interval: 1h}}, {name: c, token: t}]}
            pushes: {port: 8090, host: "::1"}
            """
        let system = try await read(["tocsin.yaml": text]).system.get()
        #expect(system.external.map(\.key) == ["a_b", "_c"])
        #expect(system.pushes.port == 8_090)
        #expect(system.pushes.isLoopback)
        #expect(system.services.map(\.target) == ["pushed to …/a_b/external", "pushed to …/_c/external"])
        #expect(system.services.map { $0.validity(longest: 0) } == [.seconds(3 * 3_600), .seconds(86_400)])
        let faults = try await faults(["tocsin.yaml": text.replacing("port: 8090", with: "prt: 65536")])
        #expect(faults == ["tocsin.yaml: line 2: pushes.prt: unknown key, did you mean port?"])
    }

    @Test("every fault is told with its file and line, and a wrong key with the nearest right one")
    func placesOfFaults() async throws {
        let faults = try await faults(
            [
                "tocsin.yaml": """
                checks: [checks.yaml, missing.yaml]
                tests:
                  - name: disk
                    comand: df
                    interval: fast
                alarms: alarms.yaml
                notifications:
                  outputs:
                    ops: {kind: slak, url: "https://example.org"}
                experiments: outage.yaml
                maintenance: {start: "25:00", duration: 1h}
                history: {days: 0}
                tsets: []
                """,
                "checks.yaml": "endpoints:\n  - name: web\n    url: https://example.org\n",
                "alarms.yaml": "rules:\n  - name: slow\n    for: metric\n    metrik: m\n",
                "outage.yaml": "title: t\ndescription: d\nmethod: [{type: act, name: a}]\n",
            ])
        for start in [
            "tocsin.yaml: line 1: checks[1]: missing.yaml cannot be read: ",
            "tocsin.yaml: line 4: tests[0].comand: unknown key, did you mean command?",
            "tocsin.yaml: line 5: tests[0].interval is \"fast\", expected a duration",
            "tocsin.yaml: line 11: maintenance.start",
            "tocsin.yaml: line 12: history.days is \"0\", expected a whole number from 1",
            "tocsin.yaml: line 13: tsets: unknown key, did you mean tests?",
            "checks.yaml: line 2: endpoints[0](web)",
            "tocsin.yaml: line 9: outputs.ops",
        ] {
            #expect(faults.contains { $0.hasPrefix(start) }, "\(start): \(faults)")
        }
        #expect(faults.contains { $0.contains("alarms.yaml, line 4") && $0.contains("metrik") }, "\(faults)")
        #expect(faults.contains { $0.contains("outage.yaml:3:10: method[0].provider") }, "\(faults)")
    }

    @Test("rules for events: their triggers, targets and input, and the places of what is wrong with them")
    func eventRules() async throws {
        let text = """
            tests: [{name: a, command: x}]
            events:
              - name: large
                pattern: {source: [shop], detail: {amount: [{numeric: [">", 100]}]}}
                to: [notifier, alarms, "arn:aws:sqs:us-east-1:123456789012:jobs"]
              - name: daily
                schedule: cron(0 8 ? * MON-FRI *)
                to: uptime-checker
                input: {endpoints: [shop/search]}
            """
        let rules = try await read(["tocsin.yaml": text]).system.get().eventRules
        #expect(rules.map(\.name) == ["large", "daily"])
        #expect(rules.first?.pattern?.matches(["source": "shop", "detail": ["amount": 101]]) == true)
        #expect(rules.first?.pattern?.matches(["source": "shop", "detail": ["amount": 100]]) == false)
        #expect(
            rules.first?.targets.map(\.arn) == [
                "arn:aws:lambda:us-east-1:123456789012:function:notifier",
                "arn:aws:sns:us-east-1:123456789012:alarms-local", "arn:aws:sqs:us-east-1:123456789012:jobs",
            ])
        #expect(rules.last?.pattern == nil)
        #expect(rules.last?.schedule == (try RuleSchedule("cron(0 8 ? * MON-FRI *)")))
        #expect(
            rules.last?.targets == [
                EventTarget(
                    id: "1", arn: LocalPlace.function("uptime-checker"), constant: ["endpoints": ["shop/search"]],
                    deadLetterARN: LocalPlace.eventDeadLetters)
            ])
        let faults = try await faults([
            "tocsin.yaml": """
            tests: [{name: a, command: x}]
            events:
              - {name: a, pattern: {source: [{perfix: s}]}, to: notifier}
              - {name: b, schedule: every day, to: notifier}
              - {name: b b, to: notifier}
              - {name: a, pattern: {source: [s]}, to: nobody}
              - {name: d, pattern: {source: [s]}, target: notifier}
            """
        ])
        for fault in [
            "tocsin.yaml: line 3: events[0].pattern: source: there is no operator perfix; there are prefix, ",
            "tocsin.yaml: line 4: events[1].schedule: every day is neither rate(5 minutes) nor cron(",
            "tocsin.yaml: line 5: events[2].pattern: expected a pattern of events, a schedule, or both",
            "tocsin.yaml: line 5: events[2].name: expected up to 64 letters, digits, dots, hyphens and underscores",
            "tocsin.yaml: line 6: events[3].name: the rule on line 3 has the same name: change one",
            "tocsin.yaml: line 6: events[3].to: expected one of metric-writer, notifier, uptime-checker, alarms, ",
            "tocsin.yaml: line 7: events[4].target: unknown key, ",
            "tocsin.yaml: line 7: events[4].to: expected a function, alarms, or the ARN of a topic or a queue",
        ] {
            #expect(faults.contains { $0.hasPrefix(fault) }, "\(fault): \(faults)")
        }
    }

    @Test("an experiment with a fault is told by its name, so that it can be listed without a button")
    func faultyExperiments() async throws {
        let good = "title: t\ndescription: d\nmethod: []\n"
        let version = try await read([
            "tocsin.yaml": "tests: [{name: a, command: x}]\nexperiments: [experiments, gone.yaml]\n",
            "experiments/good.yaml": good,
            "experiments/wrong.yaml": good.replacing("[]", with: "[{type: act, name: a}]"),
            "experiments/broken.yaml": "title: [\n",
        ])
        guard case .failure(let faults) = version.system else { throw CancellationError() }
        let wanted = ["experiments/broken.yaml", "experiments/wrong.yaml", "gone.yaml"]
        #expect(faults.experiments.map(\.id) == wanted)
        for experiment in faults.experiments {
            #expect(experiment.fault.hasPrefix(experiment.id), "\(experiment)")
            #expect(faults.lines.contains { experiment.fault.contains($0) }, "\(faults.lines)")
        }
    }

    @Test(
        "a folder that watches nothing, or the same name twice, is refused",
        arguments: [
            ("", "nothing is in it"), ("history: {days: 3}", "nothing is watched"), ("a: [", ", column "),
            ("tests: [{name: a, command: x}, {name: a, command: y}]", "the test on line 1 has the same name"),
            (
                "tests: [{name: s/w, command: x}]\nchecks:\n  endpoints:\n"
                    + "  - {name: w, group: s, url: 'tcp://h:1', conditions: ['[CONNECTED] == true']}",
                "a test and an endpoint are named s/w"
            ),
        ])
    func refused(text: String, fault: String) async throws {
        let faults = try await faults(["tocsin.yaml": text])
        #expect(faults.contains { $0.hasPrefix("tocsin.yaml: ") && $0.contains(fault) }, "\(faults)")
    }

    @Test("endpoints may stand in the file itself; their faults have its lines, and variables are filled in")
    func inlineEndpoints() async throws {
        let text = """
            # The shop.
            tests: [{name: disk, command: "echo $HOME"}]
            checks:
              endpoints:
                - name: web
                  url: http://127.0.0.1:$PORT/
                  conditions: ["[STATUS] == 200"]
            maintenance:
              - {start: "01:00", duration: 1h, services: [web]}
              - {start: "02:00", duration: 1h, services: [other]}
            """
        let system = try await read(["tocsin.yaml": text], environment: ["PORT": "81", "HOME": "/root"]).system.get()
        #expect(system.checks?.entries.map(\.url) == ["http://127.0.0.1:81/"])
        #expect(system.tests.first?.command == "echo $HOME")
        let endpoint = try JSONValue(parsing: system.checks?.text ?? "")["endpoints"]?[0]
        #expect(endpoint?["maintenance-windows"] == [["start": "01:00", "duration": "1h"]])
        let wrong = try await faults(["tocsin.yaml": text.replacing("conditions:", with: "condition:")])
        #expect(wrong.contains { $0.hasPrefix("tocsin.yaml: line 7: endpoints[0](web).condition: ") }, "\(wrong)")
    }

    @Test("files with the same endpoint do not stand beside each other; what one says for all of its own stays its own")
    func severalFiles() async throws {
        let endpoint = "endpoints: [{name: %, url: 'tcp://127.0.0.1:1', conditions: ['[CONNECTED] == true']}]\n"
        func files(_ first: String, _ second: String) -> [String: String] {
            [
                "tocsin.yaml": "checks: [a.yaml, b.yaml]",
                "a.yaml": "retry: {attempts: 2}\n" + endpoint.replacing("%", with: first),
                "b.yaml": endpoint.replacing("%", with: second),
            ]
        }
        let same = try await faults(files("web", "web"))
        #expect(same == ["b.yaml: the endpoint web is in a.yaml, too: change name or group of one"])
        let system = try await read(files("web", "api")).system.get()
        let endpoints = try JSONValue(parsing: system.checks?.text ?? "")["endpoints"]
        #expect(endpoints?[0]?["retry"] == ["attempts": 2])
        #expect(endpoints?[1]?["retry"] == nil)
    }

    @Test("another content, and a file that comes or goes, is another stamp")
    func stamps() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "a").path
            let none = FileStamp(file)
            let empty = FileStamp(folder.path)
            try "one".write(toFile: file, atomically: true, encoding: .utf8)
            let one = FileStamp(file)
            #expect(one != none)
            #expect(FileStamp(folder.path) != empty)
            #expect(FileStamp(file) == one)
            try "three".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(FileStamp(file) != one)
        }
    }
}
