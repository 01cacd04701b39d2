import Foundation
import JSON
import TestSupport
import Testing

@testable import AlarmProvisioner

/// The function's program under AWS's emulator, against moto.
@Suite(
    .enabled(
        if: RuntimeInterfaceEmulator.isInstalled && ProvisionerProgram.path != nil,
        "run ./build.sh setup, and swift build --product alarm-provisioner"),
    .serialized, .timeLimit(.minutes(3)))
struct ProvisionerRuntimeTests {
    @Test("plan, apply, a second apply that writes nothing, destroy; and a wrong event is the function's error")
    func emulator() async throws {
        let place = try ProvisionerPlace([
            "ALARM_RULES_TEXT": ProvisionerPlace.rules, "AWS_LAMBDA_FUNCTION_NAME": "alarm-provisioner",
        ])
        try await place.makeQueues("orders", "jobs")
        try await Workspace.withTemporaryFolder { folder in
            let script = folder.appending(path: "bootstrap")
            try "#!/bin/sh\nexec '\(try #require(ProvisionerProgram.path))'\n".write(
                to: script, atomically: false, encoding: .utf8)
            let zip = folder.appending(path: "function.zip")
            try Command.run(Workspace.python, ["-m", "zipfile", "-c", zip.path, script.path])
            let emulator = try RuntimeInterfaceEmulator(zip: zip, environment: place.variables, timeout: 60)
            defer { emulator.stop() }
            func invoke(_ event: String) throws -> JSONValue {
                try JSONValue(parsing: emulator.invoke(Array(event.utf8)).body)
            }
            let plan = try invoke(#"{"action": "plan"}"#)
            #expect(plan["summary"]?["create"] == 2, "\(plan) \(emulator.log)")
            #expect(try await place.alarms().isEmpty)
            #expect(try invoke(#"{"action": "apply"}"#)["writeCalls"] == 2)
            #expect(try await place.alarms() == ["tocsin-backlog-jobs", "tocsin-backlog-orders"])
            #expect(try invoke(#"{"action": "scan"}"#)["writeCalls"] == 0)
            let error = try invoke(#"{"action": "aply"}"#)
            #expect(error["errorType"] == "Function.Invalid", "\(error)")
            #expect(error["errorMessage"]?.stringValue?.contains("did you mean apply?") == true)
            #expect(try invoke(#"{"action": "destroy"}"#)["state"] == "done")
            #expect(try await place.alarms().isEmpty)
        }
    }
}

/// The program that SwiftPM built beside the tests.
enum ProvisionerProgram {
    static let path = [Bundle.main.bundleURL.deletingLastPathComponent(), Bundle.main.bundleURL]
        .map { $0.appending(path: "alarm-provisioner").path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}
