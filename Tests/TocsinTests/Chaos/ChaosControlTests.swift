import Foundation
import JSON
import TestSupport
import Testing

/// Runs that other processes hold, stop and approve: two real processes each time.
@Suite(.timeLimit(.minutes(2))) struct ChaosControlTests {
    /// Waits in its method until the pipe is opened.
    private static func experiment(_ pipe: String, rollback: String = "true") -> String {
        """
        title: waits
        description: until it is told to go on
        method:
        - {type: action, name: first, provider: {type: process, path: cat, arguments: ["\(pipe)"]}}
        - {type: action, name: second, provider: {type: process, path: echo, arguments: [second]}}
        rollbacks:
        - {type: action, name: back, provider: {type: process, path: "\(rollback)"}}
        """
    }

    @Test("a held run begins no activity until it is resumed")
    func holdAndResume() throws {
        let shell = try ChaosShell()
        let pipe = try shell.pipe("pipe")
        try shell.write(Self.experiment(pipe), to: "e.yaml")
        let run = try shell.start("run", "e.yaml")
        let id = try run.run()
        try run.wait(for: "Action: first")
        let hold = try shell.chaos("hold", id, "--reason", "lunch")
        #expect(hold.output == "\(id) begins no further activity until `tocsin chaos resume \(id)`.\n", "\(hold)")
        try run.wait(for: "The run is held: lunch (ann")
        try shell.open(pipe)
        #expect(try shell.chaos("resume", id).status == 0)
        try run.wait(for: "Action: second")
        #expect(run.end() == 0)
        #expect(run.tells("The run is held", before: "The run goes on"), "\(run.text)")
        #expect(run.tells("The run goes on", before: "Action: second"), "\(run.text)")
        // Nothing of the run is left behind.
        #expect(try FileManager.default.contentsOfDirectory(atPath: shell.folder.path + "/state/control") == [".lock"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: shell.folder.path + "/state/runs").isEmpty)
    }

    @Test("a stopped run plays its rollbacks, tells who has stopped it, and cannot be resumed")
    func stop() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment(try shell.pipe("pipe")), to: "e.yaml")
        let run = try shell.start("run", "e.yaml")
        let id = try run.run()
        try run.wait(for: "Action: first")
        #expect(try shell.chaos("stop", id, "--reason", "incident 4711").status == 0)
        #expect(run.end() == 1)
        let journal = try shell.journal()
        #expect(journal["status"] == "interrupted")
        #expect(journal["interruption"]?["name"] == "ann")
        #expect(journal["interruption"]?["reason"]?.stringValue?.contains("incident 4711 (ann") == true)
        #expect(journal["rollbacks"]?.arrayValue?.count == 1)
        let resumed = try shell.chaos("resume", id)
        #expect(resumed.status == 1)
        #expect(resumed.errors.contains("there is no run \(id) on this machine: none is running"), "\(resumed.errors)")
    }

    @Test("stop --all ends runs and bars new ones until resume --all")
    func lever() throws {
        let shell = try ChaosShell()
        let pipe = try shell.pipe("pipe")
        try shell.write(Self.experiment(pipe), to: "e.yaml")
        try shell.write(Self.experiment("/dev/null"), to: "free.yaml")
        let run = try shell.start("run", "e.yaml")
        try run.wait(for: "Action: first")
        #expect(try shell.chaos("stop", "--all", "--reason", "freeze").status == 0)
        #expect(run.end() == 1)
        #expect(try shell.journal()["rollbacks"]?.arrayValue?.count == 1)
        let barred = try shell.chaos("run", "free.yaml", "--journal-path", "barred.json")
        #expect(barred.status == 1)
        #expect(barred.errors.contains("is at stop: freeze (ann"), "\(barred.errors)")
        #expect(!shell.exists("barred.json"))
        #expect(try shell.chaos("resume", "--all").status == 0)
        #expect(try shell.chaos("run", "free.yaml").status == 0)
    }

    private static let approval = """
        title: asks
        description: a person
        method:
        - {type: action, name: nap, provider: {type: python, module: time, func: sleep, arguments: {secs: 0}}}
        rollbacks:
        - {type: action, name: back, provider: {type: process, path: "true"}}
        """
    private static let approvalGuard = """
        activities: {allow: [time.sleep], approval: [time.sleep]}
        processes: {allow: ["true"]}
        """

    @Test(
        "an activity waits for its approval; a denied one ends the run with its rollbacks",
        arguments: [(["--reason", "fine"], 0, "completed"), (["--deny", "--reason", "not now"], 1, "interrupted")])
    func approval(_ options: [String], _ status: Int32, _ outcome: String) throws {
        let shell = try ChaosShell()
        try shell.write(Self.approval, to: "e.yaml")
        try shell.write(Self.approvalGuard, to: "guard.yaml")
        let run = try shell.start("run", "e.yaml", "--guard", "guard.yaml")
        let id = try run.run()
        try run.wait(for: "waits for approval: tocsin chaos approve \(id) method.0")
        var waiting: JSONValue = []
        // The question is written right after the message.
        while waiting == [] { waiting = try JSONValue(parsing: try shell.chaos("approve", "--list", "--json").output) }
        #expect(waiting[0]?["run"]?.stringValue == id)
        #expect(waiting[0]?["step"] == "method.0")
        let answer = try Command.run(
            BuiltTocsin.path, ["chaos", "approve", id, "method.0"] + options, folder: shell.folder,
            environment: ["TOCSIN_STATE": shell.folder.path + "/state", "USER": "ann"])
        #expect(answer.status == 0, "\(answer)")
        #expect(run.end() == status, "\(run.text)")
        let journal = try shell.journal()
        #expect(journal["status"]?.stringValue == outcome)
        #expect(journal["run"]?.arrayValue?.count == (status == 0 ? 1 : 0))
        #expect(journal["rollbacks"]?.arrayValue?.count == 1)
        #expect(try shell.chaos("approve", "--list").output == "Nothing waits for approval.\n")
    }

    @Test("Ctrl-C ends a run that is held, and one that waits for approval")
    func interruptedWaits() throws {
        let shell = try ChaosShell()
        let pipe = try shell.pipe("pipe")
        try shell.write(Self.experiment(pipe), to: "e.yaml")
        let held = try shell.start("run", "e.yaml")
        let id = try held.run()
        try held.wait(for: "Action: first")
        _ = try shell.chaos("hold", id)
        try held.wait(for: "The run is held")
        try shell.open(pipe)
        held.signal(SIGINT)
        #expect(held.end() == 1)
        #expect(!held.text.contains("Action: second"), "\(held.text)")
        try shell.write(Self.approval, to: "a.yaml")
        try shell.write(Self.approvalGuard, to: "guard.yaml")
        let asking = try shell.start("run", "a.yaml", "--guard", "guard.yaml")
        try asking.wait(for: "waits for approval")
        asking.signal(SIGINT)
        #expect(asking.end() == 1)
        #expect(try shell.journal()["rollbacks"]?.arrayValue?.count == 1)
    }

    @Test("Ctrl-C plays the rollbacks, a second one ends them")
    func signals() throws {
        let shell = try ChaosShell()
        let pipe = try shell.pipe("pipe")
        try shell.write(Self.experiment(pipe), to: "once.yaml")
        let once = try shell.start("run", "once.yaml")
        try once.wait(for: "Action: first")
        once.signal(SIGINT)
        #expect(once.end() == 1)
        #expect(try shell.journal()["rollbacks"]?.arrayValue?.count == 1)
        // A rollback that does not end by itself.
        let stuck = "{type: process, path: cat, arguments: [\"\(pipe)\"]}"
        let text = Self.experiment(pipe).replacingOccurrences(of: "{type: process, path: \"true\"}", with: stuck)
        try shell.write(text, to: "twice.yaml")
        let twice = try shell.start("run", "twice.yaml")
        try twice.wait(for: "Action: first")
        twice.signal(SIGINT)
        try twice.wait(for: "Action: back")
        twice.signal(SIGINT)
        #expect(twice.end() == 1)
        #expect(twice.text.contains("The rollbacks were interrupted"), "\(twice.text)")
        #expect(try shell.journal()["status"] == "interrupted")
    }

    @Test(
        "a run that is ended in the pause after its last activity is interrupted",
        arguments: [SIGINT, SIGTERM, nil] as [Int32?])
    func lastPause(_ signal: Int32?) throws {
        let shell = try ChaosShell()
        try shell.write(
            """
            title: pauses
            description: after its last activity
            method:
            - {type: action, name: only, provider: {type: process, path: "true"}, pauses: {after: 90}}
            rollbacks:
            - {type: action, name: back, provider: {type: process, path: "true"}}
            """, to: "e.yaml")
        let run = try shell.start("run", "e.yaml")
        let id = try run.run()
        try run.wait(for: "Pausing after activity")
        if let signal { run.signal(signal) } else { #expect(try shell.chaos("stop", id).status == 0) }
        #expect(run.end() == 1, "\(run.text)")
        let journal = try shell.journal()
        #expect(journal["status"] == "interrupted")
        #expect(journal["interruption"]?["reason"]?.stringValue?.isEmpty == false)
        #expect(journal["run"]?[0]?["status"] == "succeeded")
        #expect(journal["rollbacks"]?.arrayValue?.count == 1)
    }

    @Test("a guard refuses before anything runs, and says with its line why")
    func guarding() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment("/dev/null"), to: "e.yaml")
        try shell.write("activities: {allow: []}\nprocesses: {allow: [cat, echo]}\n", to: "narrow.yaml")
        let refused = try shell.chaos("run", "e.yaml", "--guard", "narrow.yaml")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("narrow.yaml, line 2 (processes.allow): "), "\(refused.errors)")
        #expect(!refused.errors.contains("Action: first"))
        #expect(!shell.exists("journal.json"))
        let wide =
            "activities: {allow: []}\nprocesses: {allow: [cat, echo, 'true']}\nmaximum-duration: 1h\naccounts: ['123456789012']\n"
        try shell.write(wide, to: "wide.yaml")
        #expect(try shell.chaos("run", "e.yaml", "--guard", "wide.yaml").status == 0)
        #expect(try shell.chaos("run", "e.yaml", "--guard", "absent.yaml").status == 1)
    }

    @Test(
        "two runs cannot hit one target; after kill -9 recover puts it back and a new run may hit it",
        .enabled(if: Workspace.hasPython, "needs moto: run ./build.sh setup"))
    func locksAndRecovery() throws {
        let moto = try MotoServer.shared.get()
        let shell = try ChaosShell(environment: moto.environment)
        let image =
            "import boto3, json; ec2 = boto3.client('ec2'); r = ec2.run_instances(ImageId='ami-12c6146b',"
            + " MinCount=1, MaxCount=1); print(r['Instances'][0]['InstanceId'])"
        var environment = moto.environment
        environment["AWS_DEFAULT_REGION"] = environment["AWS_REGION"]
        let instance = try Command.run(Workspace.python, ["-c", image], environment: environment).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let pipe = try shell.pipe("pipe")
        let stop =
            "{type: action, name: stop, provider: {type: python, module: chaosaws.ec2.actions, "
            + "func: stop_instance, arguments: {instance_id: \(instance)}}}"
        let stopAndPause = String(stop.dropLast()) + ", pauses: {after: 90}}"
        let wait = "{type: action, name: wait, provider: {type: process, path: cat, arguments: [\"\(pipe)\"]}}"
        try shell.write("{title: t, description: d, method: [\(stop), \(wait)]}", to: "e.yaml")
        try shell.write("{title: t, description: d, method: [\(stop)]}", to: "other.yaml")
        try shell.write("{title: t, description: d, method: [\(stopAndPause)]}", to: "refused.yaml")
        let first = try shell.start("run", "e.yaml")
        let id = try first.run()
        try first.wait(for: "Action: wait")
        let second = try shell.chaos("run", "refused.yaml", "--journal-path", "other.json")
        #expect(second.status == 1)
        #expect(second.errors.contains("is being hit by another run, \(id)"), "\(second.errors)")
        #expect(!second.errors.contains("Pausing after activity"), "\(second.errors)")
        #expect(try shell.chaos("recover", "--list").output.contains("(running)"))
        first.signal(SIGKILL)
        _ = first.end()
        #expect(try shell.chaos("recover", "--list").output.contains("(its process is gone)"))
        let recovered = try shell.chaos("recover")
        #expect(recovered.status == 0, "\(recovered)")
        #expect(!recovered.errors.contains("cannot be written"), "\(recovered.errors)")
        // The journal goes on from the record of the run.
        let journal = try shell.journal()
        #expect(journal["status"] == "interrupted")
        #expect(journal["run"]?.arrayValue?.compactMap { $0["activity"]?["name"]?.stringValue } == ["stop", "wait"])
        #expect(journal["run"]?[0]?["status"] == "succeeded")
        #expect(
            recovered.output.contains("\(instance) in eu-central-1: restored") || recovered.output.contains("restored"))
        #expect(try shell.chaos("recover").output == "Nothing is left to put back.\n")
        #expect(try shell.chaos("run", "other.yaml", "--restore", "always").status == 0)
    }
}
