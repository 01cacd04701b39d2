import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import tocsin

/// `tocsin silence` as a shell sees it: output and exit status.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SilenceCommandTests {
    private static func run(
        _ folder: URL, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Command.Result {
        let state = folder.appending(path: "state")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        let own = ["HOME": folder.path, "USER": "ada", "NOTIFY_STATE": state.path]
        return try Command.run(
            BuiltTocsin.path, ["silence"] + arguments, folder: folder, environment: own.merging(environment) { $1 })
    }

    @Test("add, list and end do what they say")
    func life() async throws {
        try await Workspace.withTemporaryFolder { folder in
            #expect(try Self.run(folder, ["list"]).output == "Nothing is silenced.\n")
            let added = try Self.run(
                folder, ["add", "alarm=cpu-high", "region=~eu-.*", "--for", "2h", "-r", "new disks"])
            #expect(added.status == 0, "\(added)")
            let id = String(added.output.dropFirst("Silence ".count).prefix(5))
            #expect(added.output.contains(#": alarm="cpu-high", region=~"eu-.*""#), "\(added)")
            #expect(added.output.hasSuffix("To end it: tocsin silence end \(id)\n"), "\(added)")
            let json = try JSONValue(parsing: Self.run(folder, ["list", "--json"]).output)
            #expect(json[0]?["id"]?.stringValue == id)
            #expect(json[0]?["author"] == "ada")
            #expect(json[0]?["reason"] == "new disks")
            #expect(try Self.run(folder, ["list"]).output.contains("in force"))
            #expect(try Self.run(folder, ["end", id]).output.hasPrefix("Ended silence \(id): "))
            #expect(try Self.run(folder, ["list"]).output == "Nothing is silenced.\n")
            #expect(try Self.run(folder, ["list", "--all"]).output.contains("ended"))
            #expect(try Self.run(folder, ["end", id]).output.hasPrefix("Silence \(id) had ended at "))
            let unknown = try Self.run(folder, ["end", "zzzzz"])
            #expect(unknown.status == 1)
            #expect(unknown.errors.hasPrefix("Error: there is no silence zzzzz"), "\(unknown)")
        }
    }

    @Test("in the folder of tocsin up they are those of the running system")
    func folderOfUp() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let none = ["NOTIFY_STATE": ""]
            let nowhere = try Self.run(folder, ["list"], environment: none)
            #expect(nowhere.status == 64)
            #expect(nowhere.errors.contains("where does the notifier keep its state?"), "\(nowhere)")
            try "".write(to: folder.appending(path: "tocsin.yaml"), atomically: true, encoding: .utf8)
            #expect(try Self.run(folder, ["add", "alarm=a", "--for", "1h"], environment: none).status == 0)
            let silences = Silences(folder: folder.appending(path: ".tocsin/notifier").path)
            await silences.read()
            #expect(silences.end(of: "a", at: .now()) != nil)
        }
    }

    @Test(
        "a wrong call says what is wrong, and ends with 64",
        arguments: [
            (["add", "--for", "1h"], "Missing expected argument"),
            (["add", "alarm=a"], "say how long: --for 2h, or --until"),
            (["add", "alarm=a", "--for", "1h", "--until", "2036-12-01T22:00Z"], "say how long: --for 2h, or --until"),
            (["add", "regoin=a", "--for", "1h"], "regoin is unknown, did you mean region?"),
            (["add", "alarm", "--for", "1h"], "alarm: expected name=value"),
            (["add", "tags.team!=shop", "--for", "1h"], "this would silence whatever lacks these values"),
            (["add", "alarm=a", "--until", "2020-01-01"], "the silence would have ended already"),
            (
                ["add", "alarm=a", "--from", "2036-01-02T00:00Z", "--until", "2036-01-01T00:00Z"],
                "would end before it begins"
            ),
            (["add", "alarm=a", "--from", "tomorrow", "--for", "1h"], "--from: expected a time such as"),
            (["add", "alarm=a", "--for", "2h", "--state", "dynamodb:"], "expected a folder, s3://bucket/prefix"),
            (["add", "alarm=a", "--for", "2h", "--state", "tocsin"], "for a table say dynamodb:tocsin"),
            (["list", "--state", "./typo"], "./typo: there is no such folder"),
            (["add", "title=~.+", "--for", "1h"], "this would silence everything"),
        ])
    func wrong(arguments: [String], message: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let result = try Self.run(folder, arguments)
            #expect(result.status == 64, "\(result)")
            #expect(result.errors.contains(message), "\(result)")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(files == ["state"], "nothing is made")
        }
    }

    @Test("a place that cannot be read is told, and ends with 1")
    func unreadable() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let state = folder.appending(path: "state")
            try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
            try "{".write(to: state.appending(path: "quiet%2Fsilences.json"), atomically: true, encoding: .utf8)
            for arguments in [["list"], ["add", "alarm=a", "--for", "1h"]] {
                let result = try Self.run(folder, arguments)
                #expect(result.status == 1)
                #expect(result.errors.contains("is not what Tocsin writes there: remove it"), "\(result)")
                #expect(result.errors.contains("(silences are kept in \(state.path))"), "\(result)")
            }
        }
    }
}
