import Foundation
import JSON
import TestSupport
import Testing

/// What `recover` does after `kill -9`, and what it says.
@Suite(.timeLimit(.minutes(3))) struct ChaosRecoverTests {
    /// Waits in its method until it is killed; the rollback is the docs' own.
    private static func experiment(_ pipe: String, rollback: String = "[cache.lost, cache]") -> String {
        """
        title: loses the cache
        description: until it is killed
        method:
        - {type: action, name: lose, provider: {type: process, path: mv, arguments: [cache, cache.lost]}}
        - {type: action, name: wait, provider: {type: process, path: cat, arguments: ["\(pipe)"]}}
        rollbacks:
        - {type: action, name: note, provider: {type: process, path: sh, arguments: [-c, "echo played >> notes"]}}
        - {type: action, name: back, provider: {type: process, path: mv, arguments: \(rollback)}}
        """
    }

    /// A shell whose run has lost the cache of the folder `own` and was killed; also the run.
    private func killedRun(rollback: String = "[cache.lost, cache]") throws -> (shell: ChaosShell, run: String) {
        let shell = try ChaosShell()
        let own = shell.folder.appending(path: "own")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        try shell.write("warm", to: "own/cache")
        try shell.write(Self.experiment(try shell.pipe("pipe"), rollback: rollback), to: "e.yaml")
        let run = try shell.start("--change-dir", "own", "run", "../e.yaml")
        let id = try run.run()
        try run.wait(for: "Action: wait")
        run.signal(SIGKILL)
        _ = run.end()
        return (shell, id)
    }

    @Test("rollbacks are played in the folder of the run, and told")
    func folder() throws {
        let (shell, run) = try killedRun()
        try shell.write("another", to: "cache.lost")
        let recovered = try shell.chaos("recover")
        #expect(recovered.status == 0, "\(recovered)")
        #expect(recovered.output.contains("\(run) (loses the cache): rollback back: played"), "\(recovered.output)")
        #expect(try shell.read("own/cache") == "warm")
        #expect(try shell.read("cache.lost") == "another")
        #expect(try shell.journal("own/journal.json")["tocsin"]?["run"]?.stringValue == run)
        #expect(try shell.chaos("recover", "--list").output == "Nothing is open.\n")
    }

    @Test("without the folder of the run the rollbacks wait, and another folder is not touched")
    func missingFolder() throws {
        let (shell, run) = try killedRun()
        let (own, moved) = (shell.folder.appending(path: "own"), shell.folder.appending(path: "moved"))
        try FileManager.default.moveItem(at: own, to: moved)
        try shell.write("another", to: "cache.lost")
        for _ in 1...4 {
            let failed = try shell.chaos("recover")
            #expect(failed.status == 1, "\(failed)")
            #expect(failed.output.contains("own, cannot be entered: make it again"), "\(failed.output)")
        }
        #expect(try shell.read("cache.lost") == "another")
        try FileManager.default.moveItem(at: moved, to: own)
        #expect(try shell.chaos("recover", run).status == 0)
        #expect(try shell.read("own/cache") == "warm")
    }

    @Test("a rollback that fails keeps the run in the ledger, and alone is played again")
    func failedRollback() throws {
        let (shell, run) = try killedRun(rollback: "[later, cache]")
        let failed = try shell.chaos("recover")
        #expect(failed.status == 1)
        #expect(failed.output.contains("rollback back: failed: it ended with status 1"), "\(failed.output)")
        #expect(try shell.chaos("recover", "--list").output.contains(run))
        try shell.write("found", to: "own/later")
        let recovered = try shell.chaos("recover")
        #expect(recovered.status == 0, "\(recovered)")
        #expect(try shell.read("own/cache") == "found")
        #expect(try shell.read("own/notes") == "played\n")
        // The method is from the first recovery, when the record of the run was still there.
        let journal = try shell.journal("own/journal.json")
        func names(_ key: String) -> [String?] {
            (journal[key]?.arrayValue ?? []).map { $0["activity"]?["name"]?.stringValue }
        }
        // Whether `wait` is in it depends on the moment of the kill.
        #expect(names("run").first == "lose")
        #expect(names("rollbacks") == ["note", "back"])
        #expect(journal["rollbacks"]?[1]?["output"]?["status"] == 0)
    }

    @Test("the journal of a later run in the same file stays; that of the recovered run stands beside it")
    func journals() throws {
        let (shell, run) = try killedRun()
        try shell.write("title: later\ndescription: d\nmethod: []\n", to: "later.yaml")
        let later = try shell.chaos("--change-dir", "own", "run", "../later.yaml")
        #expect(later.status == 0, "\(later)")
        #expect(try shell.chaos("recover").status == 0)
        #expect(try shell.journal("own/journal.json")["experiment"]?["title"] == "later")
        #expect(try shell.journal("own/journal-\(run).json")["tocsin"]?["run"]?.stringValue == run)
    }

    @Test("a journal that cannot be written is a warning")
    func unwritableJournal() throws {
        let (shell, _) = try killedRun()
        // A folder in the file's place.
        try FileManager.default.createDirectory(
            at: shell.folder.appending(path: "own/journal.json"), withIntermediateDirectories: true)
        let recovered = try shell.chaos("recover")
        #expect(recovered.status == 0, "\(recovered)")
        #expect(recovered.errors.contains("Warning: the journal "), "\(recovered.errors)")
    }

    @Test("the journal is written before anybody is notified")
    func journalFirst() throws {
        let shell = try ChaosShell()
        let journal = shell.folder.appending(path: "journal.json").path
        let isWritten = Gate()
        let server = try ScriptedServer { request in
            if String(decoding: request.body, as: UTF8.self).contains("run-completed"),
                FileManager.default.fileExists(atPath: journal)
            {
                isWritten.open()
            }
            return .http(200)
        }
        try FileManager.default.createDirectory(
            at: shell.folder.appending(path: ".chaostoolkit"), withIntermediateDirectories: true)
        try shell.write(
            "notifications: [{type: http, url: '\(server.url)/a', events: [run-completed]}]",
            to: ".chaostoolkit/settings.yaml")
        try shell.write("title: t\ndescription: d\nmethod: []\n", to: "e.yaml")
        #expect(try shell.chaos("run", "e.yaml").status == 0)
        isWritten.wait()
    }

    @Test("a run that leaves nothing to be put back can be stopped; what a killed one leaves is removed")
    func withoutLedger() throws {
        let shell = try ChaosShell()
        let pipe = try shell.pipe("pipe")
        let text = """
            title: waits
            description: without rollbacks
            method: [{type: action, name: wait, provider: {type: process, path: cat, arguments: ["\(pipe)"]}}]
            """
        try shell.write(text, to: "e.yaml")
        let stopped = try shell.start("run", "e.yaml")
        let id = try stopped.run()
        try stopped.wait(for: "Action: wait")
        #expect(try shell.chaos("recover", "--list").output.hasPrefix("\(id)  (running"))
        let unknown = try shell.chaos("stop", String(id.dropLast()))
        #expect(unknown.errors.contains("did you mean \(id)?"), "\(unknown.errors)")
        #expect(try shell.chaos("stop", id).status == 0)
        #expect(stopped.end() == 1)
        let killed = try shell.start("run", "e.yaml")
        _ = try killed.run()
        try killed.wait(for: "Action: wait")
        killed.signal(SIGKILL)
        _ = killed.end()
        let logs = shell.folder.path + "/state/runs"
        #expect(try FileManager.default.contentsOfDirectory(atPath: logs).count == 1)
        #expect(try shell.chaos("recover").status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: logs).isEmpty)
    }

    @Test("a run that is named and still being executed was not recovered: the status is 1")
    func busy() throws {
        let shell = try ChaosShell()
        let pipe = try shell.pipe("pipe")
        try shell.write("warm", to: "cache")
        try shell.write(Self.experiment(pipe), to: "e.yaml")
        let run = try shell.start("run", "e.yaml")
        let id = try run.run()
        try run.wait(for: "Action: wait")
        let named = try shell.chaos("recover", id)
        #expect(named.status == 1)
        #expect(named.output.contains("is being executed, nothing was done"), "\(named.output)")
        #expect(try shell.chaos("recover").status == 0)
        run.signal(SIGINT)
        #expect(run.end() == 1)
    }

    @Test(
        "credentials of another account put nothing back, and do not clear the ledger",
        .enabled(if: Workspace.hasPython, "needs moto: run ./build.sh setup"))
    func account() throws {
        let moto = try MotoServer.shared.get()
        let shell = try ChaosShell(environment: moto.environment)
        var environment = moto.environment
        environment["AWS_DEFAULT_REGION"] = environment["AWS_REGION"]
        func python(_ text: String) throws -> String {
            let result = try Command.run(
                Workspace.python,
                ["-c", "import boto3; ec2 = boto3.client('ec2'); sts = boto3.client('sts'); " + text],
                environment: environment)
            return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let instance = try python(
            "print(ec2.run_instances(ImageId='ami-12c6146b', MinCount=1, MaxCount=1)['Instances'][0]['InstanceId'])")
        let keys = try python(
            "k = sts.assume_role(RoleArn='arn:aws:iam::210987654321:role/r', RoleSessionName='other')['Credentials']; "
                + "print(k['AccessKeyId'], k['SecretAccessKey'], k['SessionToken'])"
        ).split(separator: " ").map(String.init)
        try #require(keys.count == 3)
        let pipe = try shell.pipe("pipe")
        try shell.write(
            """
            title: t
            description: d
            method:
            - {type: action, name: stop, provider: {type: python, module: chaosaws.ec2.actions, func: stop_instance,
               arguments: {instance_id: \(instance)}}}
            - {type: action, name: wait, provider: {type: process, path: cat, arguments: ["\(pipe)"]}}
            """, to: "e.yaml")
        let run = try shell.start("run", "e.yaml")
        let id = try run.run()
        try run.wait(for: "Action: wait")
        run.signal(SIGKILL)
        _ = run.end()
        var other = moto.environment
        for (name, value) in zip(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"], keys) {
            other[name] = value
        }
        other["TOCSIN_STATE"] = shell.folder.path + "/state"
        let refused = try Command.run(BuiltTocsin.path, ["chaos", "recover"], folder: shell.folder, environment: other)
        #expect(refused.status == 1, "\(refused)")
        #expect(
            refused.output.contains(
                "the run changed the account 123456789012, and the credentials are those of 210987654321"),
            "\(refused)")
        #expect(try shell.chaos("recover", "--list").output.contains(id))
        // The region is that of the run, wherever recover is called.
        var elsewhere = moto.environment
        elsewhere["AWS_REGION"] = "us-east-1"
        elsewhere["TOCSIN_STATE"] = shell.folder.path + "/state"
        let recovered = try Command.run(
            BuiltTocsin.path, ["chaos", "recover"], folder: shell.folder, environment: elsewhere)
        #expect(recovered.status == 0, "\(recovered)")
        #expect(recovered.output.contains("\(instance) in eu-central-1: restored"), "\(recovered)")
    }
}
