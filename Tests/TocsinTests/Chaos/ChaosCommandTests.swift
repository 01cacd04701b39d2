import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import tocsin

/// The chaos commands as a shell sees them: output, files and exit status.
@Suite(.timeLimit(.minutes(2))) struct ChaosCommandTests {
    private static let experiment = """
        title: A page
        description: d
        steady-state-hypothesis:
          title: it is there
          probes:
          - {type: probe, name: page, tolerance: 0, provider: {type: process, path: "true"}}
        method:
        - {type: action, name: act, provider: {type: process, path: echo, arguments: ["${word}"]}}
        rollbacks:
        - {type: action, name: back, provider: {type: process, path: "true"}}
        configuration: {word: usual}
        """

    @Test("a wrong call ends with status 2, what is wrong with the experiment with 1")
    func statuses() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment, to: "e.yaml")
        try shell.write("title: x\n", to: "invalid.yaml")
        let rows: [(arguments: [String], status: Int32)] = [
            (["run"], 2), (["run", "e.yaml", "--dry", "all"], 2), (["run", "e.yaml", "--var", "word"], 2),
            (["run", "e.yaml", "--var-file", "absent.yaml"], 2), (["run", "e.yaml", "--report", "run.pdf"], 2),
            (["run", "e.yaml", "--control-file", "absent.yaml"], 2),
            (["run", "e.yaml", "--lever", "s3://bucket"], 2), (["stop"], 2), (["hold", "x", "--all"], 2),
            (["approve", "x"], 2), (["--change-dir", "absent", "validate", "e.yaml"], 2), (["nonsense"], 2),
            (["run", "absent.yaml"], 1), (["run", "invalid.yaml"], 1), (["validate", "invalid.yaml"], 1),
            (["run", "e.yaml", "--journal-path", "absent/journal.json"], 1), (["report", "e.yaml"], 1),
            (["hold", "x"], 1), (["discover", "chaosazure"], 1), (["run", "e.yaml"], 0), (["validate", "e.yaml"], 0),
        ]
        for row in rows {
            let result = try Command.run(
                BuiltTocsin.path, ["chaos"] + row.arguments, folder: shell.folder,
                environment: ["TOCSIN_STATE": shell.folder.path + "/state", "HOME": shell.folder.path])
            #expect(result.status == row.status, "\(row.arguments): \(result.errors)")
            #expect(row.status == 0 || !result.errors.isEmpty, "\(row.arguments) says nothing")
        }
    }

    @Test(
        "the command line's strategies go before the document's, and those before the settings'",
        arguments: [
            // What the settings say of the rollbacks, the document's runtime, the options; rollbacks played.
            ("never", "", [], 0), ("never", "{hypothesis: {strategy: default}}", [], 1),
            ("always", "{rollbacks: {strategy: never}}", [], 0), ("always", "{rollbacks: {strategy: nevr}}", [], 0),
            ("never", "{rollbacks: {strategy: never}}", ["--rollback-strategy", "always"], 1),
            ("never", "{hypothesis: {strategy: skip}}", ["--strict"], 0),
        ] as [(String, String, [String], Int)])
    func strategies(_ settings: String, _ runtime: String, _ options: [String], _ played: Int) throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment + (runtime.isEmpty ? "" : "\nruntime: \(runtime)"), to: "e.yaml")
        try shell.write("runtime: {rollbacks: {strategy: \(settings)}}", to: "settings.yaml")
        let result = try Command.run(
            BuiltTocsin.path, ["chaos", "--settings", "settings.yaml", "run", "e.yaml", "--no-validation"] + options,
            folder: shell.folder, environment: ["TOCSIN_STATE": shell.folder.path + "/state"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try shell.journal()["rollbacks"]?.arrayValue?.count == played)
    }

    @Test("with an unknown strategy of the hypothesis nothing runs")
    func unknownStrategy() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment + "\nruntime: {hypothesis: {strategy: continuosly}}", to: "e.yaml")
        let result = try shell.chaos("run", "e.yaml")
        #expect(result.status == 1)
        #expect(result.errors.contains("did you mean continuously?"), "\(result.errors)")
        #expect(!result.errors.contains("Action: act"))
        #expect(!shell.exists("journal.json"))
    }

    @Test("values come from the document, files and the command line; controls of files take part")
    func values() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment, to: "e.yaml")
        try shell.write("configuration: {word: file}", to: "values.yaml")
        let hook = "{provider: {type: process, path: sh, arguments: [-c, 'cat >> seen']}}"
        try shell.write("hook: \(hook)", to: "controls.yaml")
        func word(_ options: String...) throws -> JSONValue? {
            _ = try Command.run(
                BuiltTocsin.path, ["chaos", "run", "e.yaml"] + options, folder: shell.folder,
                environment: ["TOCSIN_STATE": shell.folder.path + "/state"])
            return try shell.journal()["run"]?[0]?["output"]?["stdout"]
        }
        #expect(try word() == "usual\n")
        #expect(try word("--var-file", "values.yaml") == "file\n")
        #expect(
            try word("--var-file", "values.yaml", "--var", "word=line", "--control-file", "controls.yaml") == "line\n")
        #expect(try shell.read("seen").contains(#""level":"experiment""#))
    }

    @Test("--output agent prints one document, for a run and for what could not be run")
    func agent() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment, to: "e.yaml")
        try shell.write("title: x\n", to: "invalid.yaml")
        let passed = try JSONValue(parsing: try shell.chaos("run", "e.yaml", "--output", "agent").output)
        #expect(passed["outcome"] == "passed")
        #expect(passed["exit_code"] == 0)
        #expect(passed["source"]?.stringValue == shell.folder.appending(path: "e.yaml").path)
        #expect(passed["journal_path"]?.stringValue == shell.folder.appending(path: "journal.json").path)
        for (file, stage) in [("absent.yaml", "load"), ("invalid.yaml", "validation")] {
            let error = try JSONValue(parsing: try shell.chaos("run", file, "--output", "agent").output)
            #expect(error["outcome"] == "error")
            #expect(error["error"]?["stage"]?.stringValue == stage)
        }
    }

    @Test("an experiment comes from standard input by -")
    func standardInput() throws {
        let shell = try ChaosShell()
        #expect(try shell.chaos("validate", "-", input: Self.experiment).status == 0)
        let run = try shell.chaos("run", "-", "--output", "agent", input: Self.experiment)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try JSONValue(parsing: run.output)["source"] == "-")
    }

    @Test("events, log lines and journals that cannot be written are told")
    func fullDisk() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment, to: "e.yaml")
        let full = try shell.chaos("--log-file", "/dev/full", "run", "e.yaml", "--events-file", "/dev/full")
        #expect(full.errors.contains("the log file /dev/full is not complete"), "\(full.errors)")
        #expect(full.errors.contains("the events file /dev/full is not complete"), "\(full.errors)")
        let refused = try shell.chaos("run", "e.yaml", "--journal-path", "absent/j.json", "--output", "agent")
        #expect(refused.status == 1)
        let error = try JSONValue(parsing: refused.output)["error"]
        #expect(error?["message"]?.stringValue?.contains("absent/j.json cannot be written") == true)
    }

    @Test("a plan tells its seed, which a run takes")
    func seed() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment, to: "e.yaml")
        func seed(_ options: String...) throws -> JSONValue? {
            let result = try Command.run(
                BuiltTocsin.path, ["chaos", "plan", "e.yaml", "--json"] + options, folder: shell.folder,
                environment: ["TOCSIN_STATE": shell.folder.path + "/state"])
            return try JSONValue(parsing: result.output)["seed"]
        }
        #expect(try seed("--seed", "42") == 42)
        #expect(try seed() != seed())
        #expect(try shell.chaos("run", "e.yaml", "--seed", "42").status == 0)
    }

    @Test("a report on what is no journal fails")
    func noJournal() throws {
        let shell = try ChaosShell()
        try shell.write("{}", to: "no.json")
        let result = try shell.chaos("report", "no.json", "-o", "no.md")
        #expect(result.status == 1)
        #expect(result.errors.contains("not the journal of an experiment: no.json"), "\(result.errors)")
    }

    @Test("notifications of the settings are sent, and those that fail do not matter")
    func notifications() throws {
        let server = try ScriptedServer { _ in .http(500, body: "") }
        let shell = try ChaosShell()
        try shell.write(Self.experiment, to: "e.yaml")
        try FileManager.default.createDirectory(
            at: shell.folder.appending(path: ".chaostoolkit"), withIntermediateDirectories: true)
        try shell.write(
            "notifications: [{type: http, url: '\(server.url)/a', events: [run-started, run-completed]}]",
            to: ".chaostoolkit/settings.yaml")
        #expect(try shell.chaos("run", "e.yaml").status == 0)
        let names = try server.requests.map { try JSONValue(parsing: $0.body)["name"]?.stringValue }
        #expect(names == ["run-started", "run-completed"])
    }

    @Test(
        "a report is written in the form that its name tells",
        arguments: [
            ("run.html", "<!DOCTYPE html>"), ("run.md", "# ✅ Passed"), ("run.xml", "<?xml"),
            ("run.json", #""outcome""#),
        ])
    func report(_ name: String, _ text: String) throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment, to: "e.yaml")
        #expect(try shell.chaos("run", "e.yaml", "--report", name).status == 0)
        let written = try shell.read(name)
        #expect(written.lowercased().contains(text.lowercased()), "\(written.prefix(300))")
        #expect(try shell.chaos("report", "journal.json", "-o", "again-\(name)").status == 0)
        #expect(try shell.read("again-\(name)") == written || name == "run.json")
    }

    @Test("init writes a valid experiment, by questions and from options")
    func initialise() throws {
        let shell = try ChaosShell()
        let answers = "Asked\ny\nIt is there\nos.path.exists\ntrue\n/tmp\n\ny\n?\nsleep\n0\n\nn\n"
        let asked = try shell.chaos("init", "--experiment-path", "asked.yaml", input: answers)
        #expect(asked.status == 0, "\(asked.errors)")
        #expect(try shell.chaos("run", "asked.yaml").status == 0)
        let given = try shell.chaos(
            "init", "--title", "Given", "--hypothesis", "h", "--probe", #"os.path.exists {"path": "/tmp"}"#,
            "--tolerance", "true", "--action", #"time.sleep {"secs": 0}"#)
        #expect(given.status == 0, "\(given.errors)")
        #expect(try shell.chaos("run", "experiment.json").status == 0)
        #expect(try shell.chaos("init", "--title", "Again").errors.contains("experiment.json exists"))
        let unknown = try shell.chaos(
            "init", "--title", "x", "--experiment-path", "x.json", "--action", "time.slep")
        #expect(unknown.errors.contains("did you mean time.sleep?"), "\(unknown.errors)")
    }

    @Test("discover writes Chaos Toolkit's document, and lists arguments and undo")
    func discover() throws {
        let shell = try ChaosShell()
        #expect(try shell.chaos("discover", "chaostoolkit-aws").status == 0)
        let names = try shell.journal("discovery.json")["activities"]?.arrayValue?.compactMap {
            $0["name"]?.stringValue
        }
        #expect(names?.contains("stop_instance") == true)
        let list = try shell.chaos("discover", "chaosaws.ec2", "--list").output
        let row = try #require(list.split(separator: "\n").first { $0.contains("actions.stop_instance ") })
        #expect(row.contains("starts the instances"))
        #expect(row.contains("instance_id=null"))
    }

    @Test("convert writes YAML and JSON that mean the same")
    func convert() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment, to: "e.yaml")
        #expect(try shell.chaos("convert", "e.yaml", "-o", "out.yaml").status == 0)
        #expect(try shell.chaos("convert", "out.yaml", "-o", "out.json").status == 0)
        #expect(try shell.chaos("convert", "e.yaml", "--json").output == shell.read("out.json") + "\n")
    }

    @Test("validate --json lists what is to be said, with places")
    func validateJSON() throws {
        let shell = try ChaosShell()
        try shell.write(Self.experiment + "\nextensions: [{name: tocsin, stop-conditions: [{alrm: x}]}]", to: "e.yaml")
        let result = try shell.chaos("validate", "e.yaml", "--json")
        #expect(result.status == 1)
        let findings = try JSONValue(parsing: result.output).arrayValue ?? []
        let error = try #require(findings.first { $0["severity"] == "error" })
        #expect(error["path"] == "extensions[0].stop-conditions")
        #expect(error["line"] == 12)
    }

    @Test("the table of strict rules in the guide is current")
    func strictTable() throws {
        let guide = try String(contentsOf: Workspace.root.appending(path: "docs/experiments.md"), encoding: .utf8)
        #expect(
            guide.contains(StrictRule.markdown), "replace the table by StrictRule.markdown:\n\(StrictRule.markdown)")
    }

    @Test("the live view keeps to the terminal, and drops what is least important", arguments: [40, 200])
    func liveView(_ width: Int) throws {
        let source = try SourceDocument(parsing: Array(Self.experiment.utf8), format: .yaml, name: "e.yaml")
        let experiment = try Experiment(source)
        var display = RunDisplay(experiment, run: "20261128T034200-k3x9p")
        let start = Timestamp(microseconds: 0)
        display.take(.started(title: "A page with a title that is longer than forty columns of a terminal"), at: start)
        display.take(.methodStarted, at: start)
        display.take(.activityStarted(experiment.method[0], .method), at: start)
        let lines = display.lines(now: start + .seconds(61), width: width, height: 24, colour: false)
        for line in lines { #expect(line.count <= width, "\(line)") }
        #expect(lines.contains("playing the method, 1 m 1 s"), "\(lines)")
        #expect(lines.contains("20261128T034200-k3x9p"))
        let row = try #require(lines.first { $0.hasPrefix("act ") })
        #expect(row.contains("running"))
        #expect(lines.contains { $0.hasPrefix("rollback:") && $0.contains("waiting") })
        #expect(lines.contains { $0.hasPrefix("rollback: back ") } || width == 40, "\(lines)")
        #expect(lines.last?.hasPrefix("Ctrl-C ends") == true, "\(lines)")
    }
}
