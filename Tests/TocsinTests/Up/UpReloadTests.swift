import Basics
import Foundation
import LocalHistory
import TestSupport
import Testing

private let isBuilt =
    Workspace.hasPython
    && ["bin/sla-runner", "lambda/metric-writer.zip", "lambda/uptime-checker.zip", "lambda/notifier.zip"].allSatisfy {
        FileManager.default.fileExists(atPath: Workspace.root.appending(path: "dist/\($0)").path)
    }

/// `tocsin up` on a folder that is edited while it runs, with the functions in `dist/`.
@Suite(.enabled(if: isBuilt, "run ./build.sh first: dist/ is not there"), .timeLimit(.minutes(3)))
struct UpReloadTests {
    private static func folder(_ folder: URL, endpoint: String, url: String, rest: String = "") throws {
        let text = """
            tests: [{name: disk, command: "exit 0", interval: 1s}]
            checks:
              endpoints:
                - {name: \(endpoint), url: "\(url)", interval: 1s, conditions: ["[STATUS] == 200"]}
            \(rest)
            """
        try text.write(to: folder.appending(path: "tocsin.yaml"), atomically: true, encoding: .utf8)
    }

    @Test("an edited file is in force without a restart, a wrong one is told while the old one goes on")
    func reload() async throws {
        let site = try ScriptedServer { _ in .http(200, body: "ok") }
        defer { site.stop() }
        try await Workspace.withTemporaryFolder { folder in
            try Self.folder(folder, endpoint: "web", url: site.url)
            let up = try RunningTocsin(["up"], folder: folder, environment: [:])
            try up.wait(for: "The console is at http://127.0.0.1:")
            try up.wait(for: "alarms: ")
            #expect(!up.text.contains("DOWN"))
            try Self.folder(folder, endpoint: "web", url: site.url, rest: "alarmz: []")
            try up.wait(for: "tocsin.yaml: line 5: alarmz: unknown key, did you mean alarms?")
            // The old version goes on.
            let count = site.requests.count
            while site.requests.count < count + 2 { await Task.yield() }
            try Self.folder(folder, endpoint: "api", url: "http://127.0.0.1:1/")
            try up.wait(for: "have changed and are in force")
            try up.wait(for: "chat: DOWN: api: connect to 127.0.0.1:1: Connection refused")
            #expect(!up.text.contains("starting it again"), "\(up.text)")
            up.signal(SIGINT)
            #expect(up.end() == 0, "\(up.text)")
            let kept = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: ".tocsin").path)
            #expect(kept.contains(".gitignore"))
        }
    }

    @Test("an event that a program puts, and a change of an alarm, reach the chat by rules of the folder and of AWS")
    func events() async throws {
        let site = try ScriptedServer { _ in .http(500) }
        defer { site.stop() }
        try await Workspace.withTemporaryFolder { folder in
            let rules = """
                events:
                  - name: orders
                    pattern: {source: [shop], detail: {amount: [{numeric: [">", 100]}]}}
                    to: notifier
                  - name: alarm
                    pattern: {source: [aws.cloudwatch], detail: {state: {value: [ALARM]}}}
                    to: notifier
                    input: {source: shop, detail-type: Alarm heard, detail: {reason: by a rule}}
                """
            try Self.folder(folder, endpoint: "web", url: site.url, rest: rules)
            let up = try RunningTocsin(["up"], folder: folder, environment: [:])
            try up.wait(for: "; creating topic, queues and bucket\n")
            let address = try #require(up.text.firstMatch(of: /answers on (http:[0-9.:\/]+);/)?.1)
            try up.wait(for: "alarms: ")
            let script = """
                import boto3, json
                events = boto3.client("events")
                events.put_rule(Name="mine", EventPattern='{"detail-type":[{"prefix":"mi"}]}')
                events.put_targets(Rule="mine", Targets=[
                    {"Id": "1", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:notifier"}])
                for amount in (99, 101):
                    events.put_events(Entries=[{"Source": "shop", "DetailType": "Order",
                                                "Detail": json.dumps({"amount": amount, "reason": f"worth {amount}"})}])
                events.put_events(Entries=[{"Source": "x", "DetailType": "mine", "Detail": '{"reason": "by hand"}'}])
                """
            let local = [
                "AWS_ENDPOINT_URL": String(address), "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            ]
            let python = try Command.run(Workspace.python, ["-c", script], environment: local)
            #expect(python.status == 0, "\(python.errors)")
            try up.wait(for: "chat: Order in US East (N. Virginia): worth 101")
            try up.wait(for: "chat: mine in US East (N. Virginia): by hand")
            try up.wait(for: "chat: Alarm heard: by a rule")
            up.signal(SIGINT)
            #expect(up.end() == 0, "\(up.text)")
            #expect(!up.text.contains("worth 99"), "\(up.text)")
        }
    }

    @Test("a restart while an endpoint is down sends no second DOWN, and the UP that comes after it")
    func restartWhileDown() async throws {
        let isUp = Locked(false)
        let site = try ScriptedServer { _ in .http(isUp.withLock { $0 } ? 200 : 500) }
        defer { site.stop() }
        try await Workspace.withTemporaryFolder { folder in
            try Self.folder(folder, endpoint: "web", url: site.url)
            let first = try RunningTocsin(["up"], folder: folder, environment: [:])
            try first.wait(for: "chat: DOWN: web: ")
            first.signal(SIGINT)
            #expect(first.end() == 0, "\(first.text)")
            let second = try RunningTocsin(["up"], folder: folder, environment: [:])
            // An alarm is made of results: the checks have run.
            try second.wait(for: "alarms: ")
            isUp.withLock { $0 = true }
            try second.wait(for: "chat: UP: web")
            second.signal(SIGINT)
            #expect(second.end() == 0, "\(second.text)")
            #expect(!second.text.contains("chat: DOWN: web"), "\(second.text)")
        }
    }

    @Test("Ctrl-C while an experiment runs plays its rollbacks while everything still runs, and the history has them")
    func stoppedExperiment() async throws {
        let site = try ScriptedServer { _ in .http(200, body: "ok") }
        defer { site.stop() }
        try await Workspace.withTemporaryFolder { folder in
            try Self.folder(folder, endpoint: "web", url: site.url)
            let call = { (name: String, path: String, rest: String) in
                "{type: action, name: \(name), provider: {type: http, url: '\(site.url)/\(path)'}\(rest)}"
            }
            // The pause is longer than a test may last.
            let experiment = """
                title: t
                description: d
                method: [\(call("break", "break", ", pauses: {after: 600}"))]
                rollbacks: [\(call("repair", "repair", ""))]
                """
            try experiment.write(to: folder.appending(path: "e.yaml"), atomically: true, encoding: .utf8)
            let up = try RunningTocsin(["up", "--experiment", "e.yaml"], folder: folder, environment: [:])
            try up.wait(for: "experiment: Pausing after activity")
            up.signal(SIGINT)
            #expect(up.end() == 0, "\(up.text)")
            #expect(site.requests.contains { $0.target == "/repair" })
            let history = await HistoryDatabase.open(folder.appending(path: ".tocsin/history.sqlite").path) { _ in }
            let runs = await history.runs(limit: 2)
            #expect(runs.map(\.state) == ["interrupted"], "\(up.text)")
            #expect(runs.first?.end != nil)
            #expect(runs.first?.activities.map(\.name) == ["break", "repair"])
            #expect(runs.first?.activities.last?.kind == "rollback")
            #expect(runs.first?.activities.allSatisfy { $0.end != nil } == true)
        }
    }

    @Test("a terminal gets the table, which is drawn again in place")
    func terminal() throws {
        // A terminal of 40 lines and 100 columns.
        let script = """
            import fcntl, os, pty, struct, sys, termios
            pid, terminal = pty.fork()
            if pid == 0: os.execv(sys.argv[1], [sys.argv[1], "up", "--for", "8s", "--no-console", "--command", "good=exit 0"])
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
            text = b""
            while True:
                try: part = os.read(terminal, 65536)
                except OSError: break
                if not part: break
                text += part
            print(text.decode())
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """
        let up = try Command.run(Workspace.python, ["-c", script, BuiltTocsin.path])
        #expect(up.status == 0, "\(up.output)\(up.errors)")
        #expect(up.output.contains("Waiting for good: "), "\(up.output)")
        #expect(up.output.contains("SERVICE"), "\(up.output)")
    }

    @Test("what is wrong at the start ends it with all faults")
    func wrongAtTheStart() async throws {
        try await Workspace.withTemporaryFolder { folder in
            try "chekcs: a\ntests: [{name: a}]\n".write(
                to: folder.appending(path: "tocsin.yaml"), atomically: true, encoding: .utf8)
            let up = try Command.run(BuiltTocsin.path, ["up", folder.path])
            #expect(up.status == 64)
            let unknown = "\ntocsin.yaml: line 1: chekcs: unknown key, did you mean checks?\n"
            #expect(up.errors.contains(unknown), "\(up.errors)")
            #expect(up.errors.contains("\ntocsin.yaml: line 2: tests[0].command is not set"), "\(up.errors)")
            #expect(!up.errors.contains("moto"))
        }
    }

    @Test("--init writes a folder once, and overwrites nothing")
    func initialFolder() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let first = try Command.run(BuiltTocsin.path, ["up", "--init"], folder: folder)
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.output.contains("`tocsin up` runs it"))
            let second = try Command.run(BuiltTocsin.path, ["up", "--init", folder.path])
            #expect(second.status == 64)
            #expect(second.errors.contains("has tocsin.yaml, checks.yaml"), "\(second.errors)")
            let none = try Command.run(BuiltTocsin.path, ["up", folder.path + "/experiments"])
            #expect(none.status == 64)
            #expect(none.errors.contains("There is no tocsin.yaml in"), "\(none.errors)")
        }
    }
}
