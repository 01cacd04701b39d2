import Foundation
import JSON
import TestSupport
import Testing

/// `tocsin fargate` as a shell sees it: output and exit status, against a scripted ECS.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized, .timeLimit(.minutes(3)))
struct FargateCommandTests {
    @Test("describe shows values, what is allowed, revision, scaling and price")
    func describe() throws {
        let shell = try FargateShell()
        let result = try shell.run("describe", "web", "--cluster", "shop")
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("service web in cluster shop"))
        #expect(result.output.contains("  revision  web:1\n"))
        #expect(result.output.contains("  scaling   auto scaling keeps 1 to 10 tasks\n"))
        #expect(result.output.contains("SETTING   VALUE  UNIT  ALLOWED\ncpu        0.25  vCPU  0.25 to 32, by 0.25\n"))
        #expect(!result.output.contains("\u{1B}"), "colours are for terminals")
        let json = try JSONValue(parsing: shell.run("describe", "web", "api", "--cluster", "shop", "--json").output)
        #expect(json["application"]?["components"]?["web"]?["settings"]?["cpu"]?["value"] == 0.25)
        #expect(json["application"]?["components"]?["api"]?["settings"]?["replicas"]?["value"] == 2)
        #expect(try shell.record().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: shell.folder.appending(path: "state").path))
        // One that is not there does not hide the other.
        let half = try shell.run("describe", "absent", "api", "--cluster", "shop")
        #expect(half.status == 1)
        #expect(half.output.contains("service api in cluster shop"))
        #expect(half.errors.contains("service absent is not in cluster shop of eu-central-1"), "\(half)")
    }

    @Test("a dry run shows the plan, changes nothing, and tells by its status whether there is something to change")
    func dryRun() throws {
        let shell = try FargateShell()
        let wanted = ["adjust", "web", "--cluster", "shop", "--cpu", "1", "--memory", "2", "--env", "GOGC=90"]
        func run(_ more: String...) throws -> Command.Result {
            try Command.run(
                BuiltTocsin.path, ["fargate"] + wanted + more, folder: shell.folder, environment: shell.environment)
        }
        let plain = try run("--dry-run")
        #expect(plain.status == 0, "\(plain)")
        #expect(plain.output.contains("a month at list price"), "\(plain)")
        #expect(try run("--dry-run", "--detailed-exitcode").status == 2)
        let json = try JSONValue(parsing: run("--dry-run", "--json").output)
        #expect(json[0]?["changes"]?[0] == ["setting": "cpu", "from": "0.25 vCPU", "to": "1 vCPU"])
        #expect(json[0]?["changes"]?[2]?["setting"] == "GOGC")
        #expect(
            try shell.run("adjust", "web", "--cluster", "shop", "--replicas", "2", "--dry-run", "--detailed-exitcode")
                .status == 0)
        // Nobody can be asked here.
        let unasked = try run()
        #expect(unasked.status == 64)
        #expect(unasked.errors.contains("--yes"))
        #expect(try shell.writes().isEmpty)
    }

    @Test("an adjustment that succeeds, one without changes, one that goes back, and the history of all")
    func life() throws {
        let shell = try FargateShell(["plays": ["api": ["crash", "success"]]])
        let done = try shell.run(
            "adjust", "web", "--cluster", "shop", "--cpu", "1", "--memory", "2", "--env", "GOGC=90", "--yes",
            "--interval", "50ms")
        #expect(done.status == 0, "\(done)")
        #expect(done.output.contains("web: succeeded"))
        #expect(done.output.contains("healthy on web:2"))
        #expect(done.errors.contains("] web "), "lines where there is no terminal: \(done)")
        #expect(!done.errors.contains("\u{1B}"))
        let again = try shell.run(
            "adjust", "web", "--cluster", "shop", "--cpu", "1", "--memory", "2", "--env", "GOGC=90", "--yes", "--json")
        #expect(again.status == 0, "\(again)")
        #expect(try JSONValue(parsing: again.output)[0]?["state"] == "unchanged")

        let failed = try shell.run(
            "adjust", "api", "--cluster", "shop", "--cpu", "0.5", "--memory", "1", "--yes", "--json", "--interval",
            "50ms", "--failed-tasks", "1")
        #expect(failed.status == 1, "\(failed)")
        let outcome = try JSONValue(parsing: failed.output)[0]
        #expect(outcome?["state"] == "restored")
        #expect(outcome?["cause"]?["kind"] == "container-exited")
        #expect(outcome?["taskDefinition"]?.stringValue?.hasSuffix(":task-definition/api:1") == true)

        let history = try shell.run("history")
        #expect(history.status == 0, "\(history)")
        #expect(history.output.contains("  succeeded  "))
        #expect(
            history.output.contains("    cpu 0.25 vCPU → 1 vCPU; mem 0.5 GiB → 2 GiB; GOGC (set) → (changed)\n"),
            "\(history)")
        let json = try JSONValue(parsing: shell.run("history", "api", "--cluster", "shop", "--json").output)
        #expect(json.arrayValue?.count == 1)
        #expect(json[0]?["outcome"]?["state"] == "restored")
        #expect(json[0]?["owner"]?.stringValue?.hasPrefix("tocsin, process ") == true)
        let recovered = try shell.run("recover")
        #expect(recovered.status == 0)
        #expect(recovered.output == "No run is left open.\n")
    }

    @Test("the former value of a variable that no file allows is on no screen and in no outcome")
    func formerValues() throws {
        let shell = try FargateShell([
            "services": [
                [
                    "name": "db", "cluster": "shop",
                    "task": [
                        "containerDefinitions": [
                            [
                                "name": "db", "image": "db:1", "essential": true,
                                "environment": [["name": "KEY", "value": "hunter2"], ["name": "OLD", "value": ""]],
                            ]
                        ]
                    ],
                ]
            ]
        ])
        let wanted = [
            "adjust", "db", "--cluster", "shop", "--env", "KEY=other", "--env", "OLD=1", "--env", "NEW=1", "--yes",
            "--interval", "50ms",
        ]
        let done = try Command.run(
            BuiltTocsin.path, ["fargate"] + wanted, folder: shell.folder, environment: shell.environment)
        #expect(done.status == 0, "\(done)")
        #expect(done.output.contains("KEY      (set)      (changed)"), "\(done)")
        #expect(done.output.contains("NEW      (not set)"), "\(done)")
        let history = try shell.run("history", "--json")
        #expect(history.output.contains("(changed)"), "\(history)")
        let service = try #require(try shell.record().first { $0.key.hasPrefix("service-") }).value
        for text in [done.output, done.errors, history.output, service] {
            #expect(!text.contains("hunter2"), "\(text)")
        }
    }

    @Test("without a record, history shows what ECS has, or says why not")
    func historyOfECS() throws {
        let shell = try FargateShell()
        let result = try shell.run("history", "web", "--cluster", "shop")
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("the record has no run of it"))
        try shell.server.script([
            "faults": [
                [
                    "operation": "ListServiceDeployments", "status": 400, "code": "AccessDeniedException",
                    "message": "no\u{1B}[2J", "times": 0,
                ]
            ]
        ])
        let denied = try shell.run("history", "web", "--cluster", "shop")
        #expect(denied.status == 1, "\(denied)")
        #expect(denied.output.contains("could not be listed"))
        let json = try shell.run("history", "web", "--cluster", "shop", "--json")
        #expect(json.status == 1)
        #expect(json.output == "[]\n")
        #expect(json.errors.contains("web: the record has no run of it, and ECS's deployments could not be listed"))
        #expect(!denied.output.contains("\u{1B}"), "what comes from outside is made printable")
    }

    @Test("Compute Optimizer's recommendation is shown and planned")
    func recommended() throws {
        let shell = try FargateShell()
        let result = try shell.run("adjust", "web", "--cluster", "shop", "--recommended", "--dry-run")
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("Compute Optimizer on web: "), "\(result)")
        #expect(try shell.run("adjust", "api", "--cluster", "shop", "--recommended", "--dry-run").status == 1)
    }

    @Test("components of a file: by name, all of them, with a request of a servo")
    func file() throws {
        let shell = try FargateShell()
        try shell.write(
            """
            fargate:
              front:
                service_name: web
                cluster: shop
                settings:
                  cpu: {type: enum, values: ['0.25', '0.5']}
                  replicas: {type: range, max: 4}
              back: {service_name: api, cluster: shop, settings: {replicas: {type: range, max: 9}}}
            """, to: "config.yaml")
        let all = try shell.run("describe")
        #expect(all.status == 0, "\(all)")
        #expect(all.output.contains("front: service web in cluster shop"))
        #expect(all.output.contains("back: service api in cluster shop"))
        #expect(all.output.contains("0.25, 0.5\n"), "\(all)")
        let request = #"{"application":{"components":{"back":{"settings":{"replicas":{"value":3}}}}}}"#
        let planned = try shell.run("adjust", "--request", "-", "--dry-run", "--json", input: request)
        #expect(planned.status == 0, "\(planned)")
        #expect(try JSONValue(parsing: planned.output)[0]?["component"] == "back")
        let ambiguous = try shell.run("adjust", "--replicas", "3", "--dry-run")
        #expect(ambiguous.status == 64)
        #expect(ambiguous.errors.contains("which one? Name one component: front, back"), "\(ambiguous)")
        let unknown = try shell.run("describe", "fornt")
        #expect(unknown.status == 64)
        #expect(
            unknown.errors.contains(
                "config.yaml: there is no component fornt, did you mean front? (the configuration has front, back)\n"),
            "\(unknown)")
        let outside = try shell.run("adjust", "front", "--cpu", "1", "--dry-run")
        #expect(outside.status == 64)
        #expect(outside.errors.contains("expected one of 0.25, 0.5"), "\(outside)")
        let variable = try shell.run("adjust", "front", "--env", "GOGC=1", "--dry-run")
        #expect(variable.status == 64)
        #expect(variable.errors.contains("it may change no variable"), "\(variable)")
    }

    @Test(
        "wrong calls end with 64 and say what is wrong",
        arguments: [
            (["adjust", "web"], "nothing is wanted"),
            (["adjust", "web", "--cpu", "much"], "--cpu"),
            (["adjust", "web", "--cpu", "1", "--recommended"], "exclude each other"),
            (["adjust", "web", "--cpu", "1", "--request", "x"], "exclude each other"),
            (["adjust", "web", "--env", "GOGC"], "--env"),
            (["adjust", "web", "--env", "A=1", "--env", "A=2"], "given twice"),
            (["adjust", "web", "--cpu", "1", "--failed-tasks", "0"], "--failed-tasks"),
            (["adjust", "web", "--cpu", "1", "--json"], "--json needs"),
            (["adjust", "web", "--cpu", "1", "--detailed-exitcode"], "--dry-run"),
            (["adjust", "web", "--cluster", "shop", "--cpu", "0.3", "--yes"], "0.3"),
            (["adjust", "web", "--cluster", "shop", "--cpu", "1", "--memory", "64", "--yes"], "64"),
            (["describe"], "no service is named"),
            (["describe", "web", "--cluster", "a", "--config", "b"], "--cluster"),
            (["history", "--limit", "0"], "--limit"),
            (["history", "--state", "gs://bucket"], "--state"),
        ])
    func usage(arguments: [String], part: String) throws {
        let shell = try FargateShell()
        let result = try Command.run(
            BuiltTocsin.path, ["fargate"] + arguments, folder: shell.folder, environment: shell.environment)
        #expect(result.status == 64, "\(arguments): \(result)")
        #expect(result.errors.contains(part), "\(arguments): \(result)")
        #expect(try shell.writes().isEmpty)
    }
}
