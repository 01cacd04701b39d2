import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// How `tocsin fargate adjust` ends when something goes wrong: the way back fails, a signal comes, it is killed.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized, .timeLimit(.minutes(3)))
struct FargateEndTests {
    private static let wanted = [
        "adjust", "web", "--cluster", "shop", "--cpu", "1", "--memory", "2", "--yes", "--interval", "50ms",
        "--failed-tasks", "1",
    ]

    private static func start(_ shell: FargateShell) throws -> RunningTocsin {
        try RunningTocsin(["fargate"] + wanted, folder: shell.folder, environment: shell.environment)
    }

    /// From now on nothing is seen of the service, once this operation has had its effect.
    private static func blind(_ shell: FargateShell, after operation: String) throws {
        try shell.server.script([
            "on": [
                [
                    "operation": .string(operation),
                    "script": ["faults": [["operation": "DescribeServices", "hang": "before", "times": 0]]],
                ]
            ]
        ])
    }

    @Test("a way back that fails, too, ends with 3, and says what the service is on and that somebody has to look")
    func stillBroken() throws {
        let shell = try FargateShell(["plays": ["web": ["crash", "crash", "crash"]]])
        let result = try Command.run(
            BuiltTocsin.path, ["fargate"] + Self.wanted, folder: shell.folder, environment: shell.environment)
        #expect(result.status == 3, "\(result)")
        #expect(result.output.contains("web: still broken"), "\(result)")
        #expect(result.output.contains("the service is on web:"), "\(result)")
        let json = try JSONValue(parsing: shell.run("history", "web", "--cluster", "shop", "--json").output)
        #expect(json[0]?["outcome"]?["state"] == "still broken")
        // Nothing is open: the next one may adjust it.
        #expect(try shell.run("recover").output == "No run is left open.\n")
    }

    @Test("the first signal ends the run with everything put back", arguments: [SIGINT, SIGTERM, SIGUSR1, SIGHUP])
    func firstSignal(signal: Int32) throws {
        let shell = try FargateShell(["plays": ["web": ["stuck", "success"]]])
        let running = try Self.start(shell)
        try running.wait(for: "IN_PROGRESS")
        running.signal(signal)
        #expect(running.end() == 1, "\(running.text)")
        #expect(running.text.contains("going back to the former values; a further one leaves at once"))
        #expect(try shell.revision() == "web:1")
        let json = try JSONValue(parsing: shell.run("history", "web", "--cluster", "shop", "--json").output)
        #expect(json[0]?["outcome"]?["state"] == "restored")
        #expect(json[0]?["outcome"]?["cause"]?["kind"] == "cancelled")
    }

    @Test("the second signal leaves at once, tells what is left and what goes on with it; that does")
    func secondSignal() throws {
        let shell = try FargateShell(["plays": ["web": ["stuck", "success"]]])
        try Self.blind(shell, after: "StopServiceDeployment")
        let running = try Self.start(shell)
        try running.wait(for: "IN_PROGRESS")
        running.signal(SIGTERM)
        try shell.wait(for: "ecs:StopServiceDeployment", of: running)
        running.signal(SIGTERM)
        #expect(running.end() == 128 + SIGTERM)
        #expect(running.text.contains("Left half done: web ("), "\(running.text)")
        #expect(running.text.hasSuffix("To go on with it: tocsin fargate recover\n"), "\(running.text)")
        try shell.server.script(["faults": []])
        try shell.endLeases()
        let recovered = try shell.run("recover", "--interval", "50ms")
        #expect(recovered.status == 1, "\(recovered)")
        #expect(recovered.output.contains("web: restored"), "\(recovered)")
        #expect(try shell.revision() == "web:1")
    }

    @Test(
        "what kill -9 leaves is told by history and ended by recover: healthy stays, broken goes back",
        arguments: [("success", 0, "succeeded", "web:2"), ("crash", 1, "restored", "web:1")])
    func killed(play: String, status: Int32, state: String, revision: String) throws {
        let shell = try FargateShell(["plays": ["web": [.string(play), "success"]]])
        try Self.blind(shell, after: "UpdateService")
        let running = try Self.start(shell)
        try shell.wait(for: "ecs:UpdateService", of: running)
        let alive = try shell.run("history")
        #expect(alive.output.contains("its process was alive less than a minute ago"), "\(alive)")
        running.signal(SIGKILL)
        #expect(running.end() == 128 + SIGKILL)
        try shell.server.script(["faults": []])
        try shell.endLeases()
        let place = shell.folder.appending(path: "state/fargate").path
        let history = try shell.run("history", "--state", place, "--region", "eu-central-1", "--json")
        let open = try JSONValue(parsing: history.output)[0]
        #expect(open?["isAlive"] == false, "\(history)")
        let told = try shell.run("history", "--state", place, "--region", "eu-central-1").output
        #expect(
            told.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(
                "its process is gone: `tocsin fargate recover web --region eu-central-1 --state \(place)` ends it"),
            "\(told)")
        let recovered = try shell.run("recover", "web", "--interval", "50ms")
        #expect(recovered.status == status, "\(recovered)")
        #expect(recovered.output.contains("web: \(state)"), "\(recovered)")
        #expect(try shell.revision() == revision)
        #expect(try shell.run("recover").output == "No run is left open.\n")
    }
}
