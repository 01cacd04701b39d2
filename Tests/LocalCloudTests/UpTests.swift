import Foundation
import JSON
import LocalCloud
import Testing
import TestSupport

/// The programs and zips that `build.sh` has built.
private enum Built {
    static let tocsin = Workspace.root.appending(path: "dist/bin/tocsin").path
    static let isComplete =
        Workspace.hasPython
        && ["dist/bin/tocsin", "dist/bin/sla-runner", "dist/lambda/metric-writer.zip"].allSatisfy {
            FileManager.default.fileExists(atPath: Workspace.root.appending(path: $0).path)
        }
}

/// `tocsin up` and `tocsin invoke` as users run them, with the programs in `dist/`.
@Suite(.serialized, .enabled(if: Built.isComplete, "run ./build.sh first: dist/ is not there"), .timeLimit(.minutes(3)))
struct UpTests {
    @Test func resultsArriveAsMetrics() throws {
        let script = """
            import signal, subprocess, sys
            up = subprocess.Popen([sys.argv[1], "up", "--command", "good=exit 0", "--command", "bad=sleep 0.2; exit 3"],
                                  stdout=subprocess.PIPE, text=True)
            missing = {"good: ok in ", "bad: FAILED in "}
            for line in up.stdout:
                print(line, end="")
                missing = {text for text in missing if text not in line}
                if not missing: break
            up.send_signal(signal.SIGINT)
            print(up.stdout.read(), end="")
            sys.exit(up.wait())
            """
        let up = try Command.run(Workspace.python, ["-c", script, Built.tocsin])
        #expect(up.status == 0, "\(up.errors)")
        let lines = up.output.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.contains("good: ok in ") && $0.contains("; 100.0 % of ") }, "\(up.output)")
        #expect(lines.contains { $0.contains("bad: FAILED in ") && $0.contains("; 0.0 % of ") }, "\(up.output)")
        let table = lines.suffix(4)
        #expect(table.first == "SERVICE  LAST    SUCCESS  ATTEMPTS  DURATION     SEEN", "\(up.output)")
        #expect(table.last?.wholeMatch(of: /[0-9]+ results of 2 services in .+, [1-9][0-9]* of them failures/) != nil)
    }

    @Test func aSessionWithoutResultsFails() throws {
        let up = try Command.run(Built.tocsin, ["up", "--for", "3s", "--command", "slow=sleep 60"])
        #expect(up.status == 1)
        #expect(up.errors.contains("Nothing has arrived."))
    }

    /// No process of the session is left after any end: moto, functions, runners and their commands.
    @Test(arguments: [("SIGINT", 0), ("SIGTERM", 0), ("SIGKILL", -9)])
    func nothingIsLeftBehind(signal: String, status: Int) async throws {
        let script = """
            import os, signal, subprocess, sys, time
            def session(leader):
                found = []
                for entry in filter(str.isdigit, os.listdir("/proc")):
                    try: fields = open(f"/proc/{entry}/stat").read().rsplit(")", 1)[1].split()
                    except OSError: continue
                    if int(fields[3]) == leader and fields[0] != "Z": found.append(entry)
                return found
            up = subprocess.Popen([sys.argv[1], "up", "--command", "web=sleep 0.1"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True, start_new_session=True)
            up.stdout.readline()
            print(len(session(up.pid)) >= 4)
            up.send_signal(getattr(signal, sys.argv[2]))
            up.stdout.read()
            print(up.wait(timeout=60))
            for _ in range(600):
                if not session(up.pid): break
                time.sleep(0.1)
            print(len(session(up.pid)))
            subprocess.run([sys.argv[1], "invoke", "metric-writer", "--event", "-"], input=b"{}", capture_output=True)
            print(os.listdir(os.environ["TMPDIR"]))
            """
        try await Workspace.withTemporaryFolder { folder in
            let run = try Command.run(
                Workspace.python, ["-c", script, Built.tocsin, signal], environment: ["TMPDIR": folder.path])
            #expect(run.output == "True\n\(status)\n0\n[]\n", "\(run.errors)")
        }
    }

    @Test("variables of the user's for the real AWS and for the functions change nothing, and lead nowhere")
    func hostileVariables() async throws {
        let real = try ScriptedServer { _ in .http(500) }
        defer { real.stop() }
        let up = try Command.run(
            Built.tocsin, ["up", "--for", "10s"],
            environment: [
                "AWS_PROFILE": "nobody", "AWS_CONFIG_FILE": "/nowhere", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
                "AWS_ENDPOINT_URL_SNS": real.url, "AWS_ENDPOINT_URL_CLOUDWATCH": real.url, "METRIC_OUTPUT": "emf",
                "METRIC_NAMESPACE": "Mine", "UPTIME_CONFIG": "/nowhere", "CLOUDWATCH_NAMESPACE": "Mine",
                "SLARUNNER_DISABLED": "true", "SLARUNNER_DELAY": "999", "HTTP_PROXY": real.url,
            ])
        #expect(up.status == 0, "\(up.errors)")
        for service in ["shop-frontend", "shop/front-page"] {
            #expect(up.output.contains(" \(service): ok in "), "\(up.output)\(up.errors)")
        }
        #expect(real.requests.isEmpty)
        #expect(up.errors.contains("\npayments and shop/checkout fail on purpose, for five of every fifteen seconds\n"))
    }

    @Test("a page that fails now and then fires an alarm, which the chat hears of, and of its recovery")
    func alarms() throws {
        let up = try Command.run(Built.tocsin, ["up", "--for", "60s"])
        #expect(up.status == 0, "\(up.errors)")
        for note in [
            "alarm check-shop/checkout: OK → ALARM", "chat: ALARM: \"check-shop/checkout\" in US East (N. Virginia): ",
            "alarm check-shop/checkout: ALARM → OK", "chat: OK: \"check-shop/checkout\" in US East (N. Virginia): ",
            "chat: ALARM: \"sla-payments\" in US East (N. Virginia): ",
        ] {
            #expect(up.errors.contains("\n\(note)"), "\(note): \(up.errors)")
        }
        #expect(!up.errors.contains("check-shop/front-page: OK → ALARM"), "\(up.errors)")
        let notes = up.errors.split(separator: "\n").filter { $0.hasPrefix("alarms: ") }
        #expect(!notes.isEmpty)
        #expect(notes.allSatisfy { $0.wholeMatch(of: /alarms: [1-9] made/) != nil }, "\(up.errors)")
    }

    @Test("an experiment breaks the example site, checks and chat tell of it, and its rollback repairs the site")
    func experiment() throws {
        let file = Workspace.root.appending(path: "docs/examples/search-outage.yaml").path
        let up = try Command.run(Built.tocsin, ["up", "--for", "30s", "--experiment", file])
        #expect(up.status == 0, "\(up.errors)")
        for note in [
            "experiment: Running experiment: The shop sells while its search is down",
            "experiment: Action: break-search", "chat: DOWN: shop/search", "experiment: Let's rollback...",
            "experiment: Experiment ended with status: completed",
        ] {
            #expect(up.errors.contains("\n\(note)"), "\(note): \(up.errors)")
        }
        #expect(!up.errors.contains("DOWN: shop/checkout"), "\(up.errors)")
        #expect(!up.errors.contains("DOWN: shop/front-page"), "\(up.errors)")
    }

    @Test("an experiment that deviates, does not begin or has not ended in time ends with status 1")
    func experimentsThatDoNotPass() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "experiment.yaml").path
            let program = "provider: {type: process, path: /bin/true}"
            // The program's exit status is 0.
            let hypothesis =
                "steady-state-hypothesis: {title: h, probes: [{type: probe, name: p, tolerance: 1, \(program)}]}"
            for (rest, pause, time, message) in [
                (hypothesis, 0, "15s", "The experiment did not begin: its hypothesis did not hold.\n"),
                (
                    hypothesis + "\nruntime: {hypothesis: {strategy: after-method-only}}", 0, "15s",
                    "The experiment ended with status completed, and the system deviated.\n"
                ), ("rollbacks: []", 60, "10s", "The experiment had not ended yet.\n"),
            ] {
                let method = "{type: action, name: a, \(program), pauses: {before: \(pause)}}"
                try "title: t\ndescription: d\n\(rest)\nmethod: [\(method)]\n".write(
                    toFile: file, atomically: true, encoding: .utf8)
                let up = try Command.run(
                    Built.tocsin, ["up", "--for", time, "--command", "good=true", "--experiment", file])
                #expect(up.status == 1, "\(up.errors)")
                #expect(up.errors.hasSuffix(message), "\(up.errors)")
            }
        }
    }

    @Test("an experiment with faults ends the start with all of them")
    func aFaultyExperiment() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "faulty.yaml").path
            try "title: t\ndescription: d\nmethod: [{type: act, name: a}]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            let up = try Command.run(Built.tocsin, ["up", "--experiment", file])
            #expect(up.status == 64)
            #expect(up.errors.hasPrefix("Error: The experiment \(file) cannot be run:\n"), "\(up.errors)")
            #expect(up.errors.contains("faulty.yaml:3:10: method[0].provider"), "\(up.errors)")
        }
    }

    @Test("a failing test and an endpoint that is down say why, and a test without a result that it is waited for")
    func reasonsAreShown() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "endpoints.yaml").path
            try #"endpoints: [{name: web, url: $MINE, conditions: ["[STATUS] == 200"]}]"#
                .write(toFile: file, atomically: true, encoding: .utf8)
            let commands = [#"bad=echo one; printf 'two\033[2J\n'; exit 7"#, "slow=sleep 60"]
            let up = try Command.run(
                Built.tocsin,
                ["up", "--for", "12s", "--endpoints", file, "--command", commands[0], "--command", commands[1]],
                environment: ["MINE": "http://127.0.0.1:1/"])
            #expect(up.status == 0, "\(up.errors)")
            #expect(up.errors.contains("\nbad: exit status 7: two\u{FFFD}[2J\n"), "\(up.errors)")
            #expect(
                up.errors.contains("\nchat: DOWN: web: connect to 127.0.0.1:1: Connection refused"), "\(up.errors)")
            #expect(up.errors.hasSuffix("No result of slow has arrived; there is one when a command has ended.\n"))
        }
    }

    @Test("a faulty endpoints file ends the start with its faults")
    func aFaultyFileStopsTheStart() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "endpoints.yaml").path
            try "endpoints: [{name: web, url: 5}]".write(toFile: file, atomically: true, encoding: .utf8)
            let up = try Command.run(Built.tocsin, ["up", "--endpoints", file])
            #expect(up.status == 64)
            #expect(up.errors.hasPrefix("Error: The endpoints file \(file) cannot be used:\n"), "\(up.errors)")
            #expect(up.errors.contains("line 1: endpoints[0](web)"), "\(up.errors)")
            #expect(!up.errors.contains("moto"))
        }
    }

    @Test func aFullDiskIsReported() throws {
        let script = #"exec "$0" up --for 4s --command good=true > /dev/full"#
        let up = try Command.run("/bin/sh", ["-c", script, Built.tocsin])
        #expect(up.status == 1)
        #expect(up.errors.hasSuffix("Error: The results cannot be written: No space left on device\n"))
    }

    /// Stopped while runners, functions and clients connect for the first time.
    @Test func stoppingAfterTheFirstLineSucceeds() throws {
        let script = """
            import random, signal, subprocess, sys, time
            for delay in (0, 0.02, 0.04, 0.06, 0.08, 0.1):
                up = subprocess.Popen([sys.argv[1], "up"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                up.stdout.readline()
                time.sleep(delay)
                up.send_signal(random.choice([signal.SIGINT, signal.SIGTERM]))
                up.communicate()
                print(up.returncode)
            """
        let run = try Command.run(Workspace.python, ["-c", script, Built.tocsin])
        #expect(run.output == String(repeating: "0\n", count: 6), "\(run.errors)")
    }

    @Test func aMissingMotoIsReported() throws {
        let up = try Command.run(Built.tocsin, ["up", "--for", "3s", "--moto", "/nowhere/moto_server"])
        #expect(up.status == 1)
        #expect(
            up.errors == "Error: There is no program /nowhere/moto_server; --moto and TOCSIN_MOTO name moto_server.\n")
    }

    @Test func theLastLinesOfADeadMotoAreReported() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let moto = folder.appending(path: "moto_server").path
            try "#!/bin/sh\necho no room left\nexit 4\n".write(toFile: moto, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: moto)
            let up = try Command.run(Built.tocsin, ["up"], environment: ["TOCSIN_MOTO": moto])
            #expect(up.status == 1)
            #expect(up.errors.contains("Error: moto ended with exit status 4. Its last lines:\n  no room left"))
        }
    }

    @Test func oneEventIsAnswered() throws {
        let result = #"{"timestamp":1795000000,"succeeded":true,"service":"web","testExecutionSecs":3,"groups":[]}"#
        let invoke = try Command.run(
            Built.tocsin,
            ["invoke", "metric-writer", "--event", "-", "--env", "METRIC_OUTPUT=emf", "--env", "AWS_REGION=eu-west-1"],
            input: result
        )
        #expect(invoke.status == 0, "\(invoke.errors)")
        #expect(invoke.output.contains(#""written":1"#))
        #expect(invoke.errors.contains(#""Region":"eu-west-1""#), "the log goes to standard error")
    }

    /// The function answers with the event, so the event says which of its records failed.
    @Test(
        "invoke exits with 1 when every record of a queue's event failed, and names those that did",
        arguments: [
            (["a", "b"], ["a", "b"], 1, "f: 2 of 2 records failed: a, b\n"),
            (["a", "b"], ["b"], 0, "f: 1 of 2 records failed: b\n"),
            (["a", "b"], ["c"], 1, "f: 2 of 2 records failed: a, b\n"),
            (["a"], [], 0, ""), ([], [], 0, ""),
        ])
    func failedRecords(ids: [String], failed: [String], status: Int32, message: String) async throws {
        let event: JSONValue = [
            "Records": .array(ids.map { SampleEvents.queueRecord(id: $0, "x") }),
            "batchItemFailures": .array(failed.map { ["itemIdentifier": .string($0)] }),
        ]
        try await Bootstrap.with { function in
            let invoke = try Command.run(
                Built.tocsin, ["invoke", "f", "--binary", function.binary, "--event", "-"], input: event.description)
            #expect(invoke.status == status)
            #expect(invoke.errors.contains("records failed") == !message.isEmpty)
            #expect(invoke.errors.hasSuffix(message), "\(invoke.errors)")
        }
    }

    @Test(arguments: [
        (["metric-writer", "--event", "-"], "{", 64, "Error: The event on standard input is not JSON: "),
        (["metric-writer", "--event", "/nowhere"], "", 64, "Error: The event file /nowhere cannot be read: "),
        (
            ["nobody", "--event", "-"], "{}", 1,
            "Error: There is no function nobody. There are: alarm-provisioner, chaos-executor, fargate-adjuster, metric-writer"
        ),
        (["f", "--binary", "/nowhere", "--event", "-"], "{}", 1, "Error: /nowhere is not an executable file"),
        (["metric-writer", "--event", "-", "--env", "METRIC_RESOLUTION=7"], "{}", 1, ""),
    ])
    func faultsAreReported(arguments: [String], input: String, status: Int32, message: String) throws {
        let invoke = try Command.run(Built.tocsin, ["invoke"] + arguments, input: input)
        #expect(invoke.status == status)
        #expect(invoke.errors.hasPrefix(message), "\(invoke.errors)")
        #expect(!invoke.errors.isEmpty)
    }
}
