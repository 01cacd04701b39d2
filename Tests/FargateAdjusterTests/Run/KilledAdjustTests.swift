import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

/// The program `adjust` is killed at each of its calls, before and after their effect, and another one recovers.
@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct KilledAdjustTests {
    private static let script: JSONObject = [
        "name": "web", "desiredCount": 2, "scaling": ["minimum": 2, "maximum": 4],
    ]
    private static let configuration = """
        fargate:
          web:
            service_name: web
            settings:
              mem: {type: range, min: 0.5, max: 8, step: 0.5}
              replicas: {min: 1, max: 10}
        """
    private static let request = """
        {"application": {"components": {"web": {"settings": {"mem": {"value": 1}, "replicas": {"value": 5}}}}}}
        """

    /// One run in a folder of its own.
    private struct Run {
        let service: TestService
        let folder: URL
        let plays: [JSONValue]

        init(_ service: TestService, _ plays: [JSONValue]) throws {
            (self.service, self.plays) = (service, plays)
            folder = FileManager.default.temporaryDirectory.appending(path: "adjust-" + UUID().uuidString)
            try FileManager.default.createDirectory(
                at: folder.appending(path: "state"), withIntermediateDirectories: true)
            try Data(KilledAdjustTests.configuration.utf8).write(to: folder.appending(path: "config.yaml"))
            try Data(KilledAdjustTests.request.utf8).write(to: folder.appending(path: "request"))
            try service.server.script([
                "reset": true, "services": [.object(KilledAdjustTests.script)], "plays": ["web": .array(plays)],
            ])
        }

        var store: StateStore { .folder(folder.appending(path: "state").path) }

        private var environment: [String: String] {
            service.environment.merging([
                "OPTUNE_CONFIG": folder.appending(path: "config.yaml").path, "OPTUNE_ECS_USE_RANGES": "1",
                "ADJUST_STATE": folder.appending(path: "state").path, "ADJUST_INTERVAL": "10ms",
                "HOME": folder.path,
            ]) { $1 }
        }

        /// Runs the program to its end.
        func finish(_ arguments: [String]) throws -> Command.Result {
            try Command.run(DriverProgram.path, arguments, input: KilledAdjustTests.request, environment: environment)
        }

        /// Starts the program, and kills it when the server has got so many requests.
        func kill(after requests: Int) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: DriverProgram.path)
            process.arguments = ["app"]
            process.environment = environment
            let request = try FileHandle(forReadingFrom: folder.appending(path: "request"))
            defer { try? request.close() }
            process.standardInput = request
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
            let ended = DispatchSemaphore(value: 0)
            process.terminationHandler = { _ in ended.signal() }
            try process.run()
            while process.isRunning, try service.server.script().count < requests { sched_yield() }
            Foundation.kill(process.processIdentifier, SIGKILL)
            ended.wait()
        }

        /// Ends the lease of the process that was killed, as time would.
        func endLeases() async throws {
            let deadline = Timestamp.now() + .seconds(10)
            for (key, document) in try await store.documents(until: deadline) where key.hasPrefix("run-") {
                guard var head = document.json?.objectValue, head["until"] != nil else { continue }
                head["until"] = 0
                _ = try await store.write(JSONValue.object(head).description, to: key, until: deadline)
            }
        }
    }

    @Test(arguments: [["success", "success"], ["crash", "success"]] as [[JSONValue]])
    func anotherProcessEndsWhatWasKilled(_ plays: [JSONValue]) async throws {
        let service = try TestService()
        let complete = try Run(service, plays)
        let said = try complete.finish(["app"])
        let operations = try service.server.operations().map { String($0.split(separator: ":")[1]) }
        try #require(operations.count > 10, "\(said)")
        try await EndOfRun(service, complete.store).check(isScaled: true, "not killed: \(said)")

        var (seen, ends): ([String: Int], [Bool]) = ([:], [])
        for (index, operation) in operations.enumerated() {
            let skip = seen[operation, default: 0]
            seen[operation] = skip + 1
            // Of the many looks at a deployment the first ones are enough.
            if skip > 3 { continue }
            let isReading = operation.hasPrefix("Describe") || operation.hasPrefix("List")
            for when in isReading ? ["before"] : ["before", "after"] {
                let run = try Run(service, plays)
                try service.server.script([
                    "faults": [["operation": .string(operation), "skip": JSONValue(skip), "hang": .string(when)]]
                ])
                try run.kill(after: index + 1)
                // What hangs on is not to hit the process that recovers.
                try service.server.script(["faults": []])
                try await run.endLeases()
                let place = "\(plays) killed \(when) \(operation) \(skip + 1)"
                let said = try run.finish(["--recover", "app"])
                #expect(said.status == 0 || said.status == 1, "\(place): \(said)")
                ends += [try await EndOfRun(service, run.store).check(isScaled: true, "\(place): \(said)")]
                try? FileManager.default.removeItem(at: run.folder)
            }
        }
        // Killed before the service is changed it stays as it was; after it, it goes on.
        #expect(ends.first == false)
        #expect(ends.contains(true) == (plays.first == "success"))
    }
}
