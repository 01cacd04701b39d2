import Foundation
import JSON
import TestSupport
import Testing

private let tocsin = Workspace.root.appending(path: "dist/bin/tocsin").path

/// `tocsin check` as users run it, against servers on this machine.
@Suite(
    .enabled(if: FileManager.default.fileExists(atPath: tocsin), "run ./build.sh first: dist/ is not there"),
    .timeLimit(.minutes(2)))
struct CheckTests {
    @Test func everythingIsUp() throws {
        try withFile { file in
            let check = try Command.run(tocsin, ["check", file, "--group", "shop"])
            #expect(check.status == 0, "\(check.errors)")
            let lines = check.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.first?.wholeMatch(of: /ENDPOINT  STATE  STATUS +TIME  CERTIFICATE/) != nil)
            #expect(
                lines.dropFirst().first?.wholeMatch(of: /shop\/web  up        200 +[0-9.]+ m?s            -/) != nil)
            #expect(check.output.wholeMatch(of: /(?s).*\n\n1 endpoint in .*: all up\n/) != nil)
            #expect(!check.output.contains("\u{1B}"))
            #expect(check.errors == "Not used: line 1: alerting (alarms on the metrics, or the notifier)\n")
        }
    }

    @Test("a time that --watch cannot use is told, and what can be used", arguments: ["0s", "0", "400d"])
    func watchOutOfRange(time: String) throws {
        try withFile { file in
            let check = try Command.run(tocsin, ["check", file, "--watch", time])
            #expect(check.status == 64)
            #expect(check.errors.hasPrefix("Error: --watch \(time) is out of range: give a time above 0"))
        }
    }

    @Test func somethingIsDown() throws {
        try withFile { file in
            let check = try Command.run(tocsin, ["check", file])
            #expect(check.status == 1, "\(check.errors)")
            #expect(check.output.contains("\nsearch\n  [STATUS] (500) == 200 || [STATUS] (500) == 204\n"))
            #expect(check.output.contains("\n  [BODY].status (DOWN) == UP\n"))
            #expect(check.output.hasSuffix(": 1 down\n"))
        }
    }

    @Test func forPrograms() throws {
        try withFile { file in
            let json = try Command.run(tocsin, ["check", file, "--output", "json"])
            #expect(json.status == 1)
            let report = try JSONValue(parsing: json.output)
            #expect(report["endpoints"]?.arrayValue?.map { $0["outcome"]?.stringValue } == ["up", "down"])
            let junit = try Command.run(tocsin, ["check", file, "-o", "junit", "--name", "web"])
            #expect(junit.status == 0)
            #expect(junit.output.contains(#"<testcase classname="shop" name="web" time=""#))
        }
    }

    @Test func faultsOfTheFileAreNamed() throws {
        let faulty = """
            endpoints:
              - name: web
                url: http://127.0.0.1/
                conditions:
                  - "[STATUS] == 200"
                  - "[STAUS] == 200"
                  - "[STATUS]==200"
                colour: red
            """
        try withFile(faulty) { file in
            let check = try Command.run(tocsin, ["check", file])
            #expect(check.status == 2)
            #expect(check.output.isEmpty)
            for words in [
                "3 faults", "line 6: ", "`[STAUS]` is plain text", "line 7: ", "is no comparison", "line 8: ",
            ] {
                #expect(check.errors.contains(words), "\(words) in \(check.errors)")
            }
        }
    }

    @Test(arguments: [
        (["check", "/nowhere/at-all.yaml"], 2), (["check"], 64), (["check", "FILE", "--name", "nope"], 2),
        (["check", "FILE", "--group", "nope"], 2), (["check", "FILE", "--output", "xml"], 64),
        (["check", "FILE", "--output", "junit", "--watch"], 64),
    ])
    func wrongArguments(_ arguments: [String], _ status: Int) throws {
        try withFile { file in
            let check = try Command.run(tocsin, arguments.map { $0 == "FILE" ? file : $0 })
            #expect(Int(check.status) == status, "\(check.errors)")
            #expect(!check.errors.isEmpty)
        }
    }

    /// When the output is not a terminal, watching writes a line for each change.
    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh test first: its Python environment is not there"))
    func watchingWritesChanges() throws {
        let script = """
            import signal, subprocess, sys
            check = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            lines = [check.stdout.readline() for _ in range(2)]
            check.send_signal(signal.SIGINT)
            lines += check.stdout.readlines()
            print(len(lines), check.wait(timeout=60))
            print(*[line.split(" ", 1)[1] for line in lines], sep="", end="")
            """
        try withFile { file in
            let watch = try Command.run(
                Workspace.python, ["-c", script, tocsin, "check", file, "--watch", "100ms"])
            let lines = watch.output.split(separator: "\n")
            #expect(lines.first == "2 1", "\(watch.output)\(watch.errors)")
            #expect(lines.dropFirst().first == "shop/web up")
            #expect(lines.last?.hasPrefix("search DOWN: [STATUS] (500) == 200 || ") == true)
        }
    }

    /// Gives the body a file in a temporary folder; by default one with a healthy and a failing endpoint.
    private func withFile(_ text: String? = nil, _ body: (String) throws -> Void) throws {
        let server = try ScriptedServer { request in
            request.target == "/up" ? .http(200, body: #"{"status":"UP"}"#) : .http(500, body: #"{"status":"DOWN"}"#)
        }
        defer { server.stop() }
        let standard = """
            alerting: {}
            endpoints:
              - name: web
                group: shop
                url: http://127.0.0.1:\(server.port)/up
                conditions: ["[STATUS] == 200", "[BODY].status == UP"]
              - name: search
                url: http://127.0.0.1:\(server.port)/search
                conditions: ["[STATUS] == 200 || [STATUS] == 204", "[BODY].status == UP"]
            """
        let file = FileManager.default.temporaryDirectory.appending(path: "tocsin-check-\(UUID().uuidString).yaml")
        try Data((text ?? standard).utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try body(file.path)
    }
}
