import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import tocsin

/// `tocsin alarms` as a shell sees it: output and exit status, against moto.
@Suite(
    .enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized, .timeLimit(.minutes(3)))
struct AlarmsCommandTests {
    private static let rules = """
        rules:
          - name: backlog
            for: sqs
            metric: ApproximateNumberOfMessagesVisible
            stat: Maximum
            threshold: "> 100"
            datapoints: 3
        """

    /// A folder with rules and an AWS of its own with one queue.
    private final class Shell {
        let moto: MotoServer
        let folder: URL

        init() async throws {
            moto = try MotoServer()
            folder = FileManager.default.temporaryDirectory.appending(path: "alarms-" + UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try rules.write(to: folder.appending(path: "rules.yaml"), atomically: false, encoding: .utf8)
            try "rules:\n  - name: x\n    for: sqz\n".write(
                to: folder.appending(path: "wrong.yaml"), atomically: false, encoding: .utf8)
            let loop = try EventLoop.onOwnThread()
            defer { loop.stop() }
            try await withTaskExecutorPreference(loop) { [environment = moto.environment] in
                let aws = try AWSConfiguration(environment: environment, loop: loop)
                _ = try await AWSClient(.sqs, configuration: aws).call("CreateQueue", ["QueueName": "orders"])
            }
        }

        deinit {
            moto.stop()
            try? FileManager.default.removeItem(at: folder)
        }

        func run(_ arguments: String...) throws -> Command.Result { try run(arguments: arguments) }

        func run(arguments: [String], input: String = "") throws -> Command.Result {
            let environment = moto.environment.merging(["HOME": folder.path]) { $1 }
            return try Command.run(
                BuiltTocsin.path, ["alarms"] + arguments, input: input, folder: folder, environment: environment)
        }
    }

    @Test("plan, apply, explain, rules and destroy do what they say, and end with the status that tells so")
    func life() async throws {
        let shell = try await Shell()
        let some: [String] = ["--rules", "rules.yaml", "--no-auto-tags", "--no-catalogue"]
        func run(_ command: String, _ more: String...) throws -> Command.Result {
            try shell.run(arguments: [command] + some + more)
        }
        let plan = try run("plan", "--detailed-exitcode")
        #expect(plan.status == 2, "\(plan)")
        #expect(plan.output.contains("tocsin-backlog-orders"))
        #expect(plan.output.contains("1 to create"))
        #expect(!plan.output.contains("\u{1B}"), "colours are for terminals")
        #expect(try run("plan").status == 0)

        let unasked = try run("apply")
        #expect(unasked.status == 64)
        #expect(unasked.errors.contains("--yes"))
        let applied = try run("apply", "--yes", "--json")
        #expect(applied.status == 0, "\(applied)")
        #expect(try JSONValue(parsing: applied.output)["writeCalls"] == 1)
        #expect(try run("plan", "--detailed-exitcode").status == 0)
        let json = try JSONValue(parsing: run("plan", "--json").output)
        #expect(json["summary"]?["unchanged"] == 1)

        let explained = try shell.run(arguments: ["explain", "tocsin-*"] + some)
        #expect(explained.status == 0, "\(explained)")
        #expect(explained.output.contains("backlog"))
        #expect(explained.output.contains("arn:aws:sqs:eu-central-1:123456789012:orders"))
        #expect(try shell.run(arguments: ["explain", "absent"] + some).status == 1)

        let rules = try run("rules")
        #expect(rules.output.contains("rules.yaml:2"), "\(rules)")
        #expect(try run("rules", "--offline").output.contains("backlog"))
        #expect(try shell.run(arguments: ["import", "absent"] + some).status == 1)

        for (command, told) in [
            (["plan"], "neither a resource ordres of the kinds that the rules watch"),
            (["apply", "--yes"], "neither a resource ordres of the kinds that the rules watch"),
            (["destroy", "--yes"], "ordres does not tell it: give the ARN"),
        ] {
            let unknown = try shell.run(arguments: command + some + ["--resource", "ordres"])
            #expect(unknown.status == 1, "\(command): \(unknown)")
            #expect(unknown.errors.contains(told), "\(unknown)")
        }
        let piped = try shell.run(arguments: ["plan", "--rules", "-"] + some.dropFirst(2), input: Self.rules)
        #expect(piped.status == 0, "\(piped)")
        #expect(piped.output.contains("tocsin-backlog-orders"))

        #expect(try run("destroy", "--yes").status == 0)
        #expect(try run("plan", "--detailed-exitcode").status == 2)
    }

    @Test("wrong calls end with 64, wrong rules with 1 and every fault")
    func statuses() async throws {
        let shell = try await Shell()
        for arguments in [
            ["plan", "--regio", "x"], ["plan", "--region", "europe"], ["plan", "--rules", "a,b"],
            ["apply", "--json"], ["explain"], ["import"], ["plan", "--role", "admin"], ["plan", "--topic", "alarms"],
            ["plan", "--max-deleted-percent", "101"],
        ] {
            let result = try shell.run(arguments: arguments)
            #expect(result.status == 64, "\(arguments): \(result)")
            #expect(!result.errors.isEmpty, "\(arguments)")
        }
        let wrong = try shell.run("plan", "--rules", "wrong.yaml")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("wrong.yaml, line 3"), "\(wrong)")
        #expect(wrong.errors.contains("did you mean sqs?"), "\(wrong)")
        #expect(try shell.run("plan", "--rules", "absent.yaml").status == 1)
    }
}
