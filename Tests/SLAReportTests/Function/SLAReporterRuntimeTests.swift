import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import SLAReport

/// The function's program under AWS's emulator, against moto.
@Suite(
    .enabled(
        if: RuntimeInterfaceEmulator.isInstalled && ReporterProgram.path != nil,
        "run ./build.sh setup, and swift build --product sla-reporter"),
    .serialized, .timeLimit(.minutes(3)))
struct SLAReporterRuntimeTests {
    private func withEmulator(
        _ place: ReportPlace, _ more: [String: String] = [:],
        _ body: (RuntimeInterfaceEmulator) async throws -> Void
    ) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let script = folder.appending(path: "bootstrap")
            try "#!/bin/sh\nexec '\(try #require(ReporterProgram.path))'\n".write(
                to: script, atomically: false, encoding: .utf8)
            let zip = folder.appending(path: "function.zip")
            try Command.run(Workspace.python, ["-m", "zipfile", "-c", zip.path, script.path])
            let variables = place.variables.merging(["AWS_LAMBDA_FUNCTION_NAME": "sla-reporter"]) { $1 }
                .merging(more) { $1 }
            let emulator = try RuntimeInterfaceEmulator(zip: zip, environment: variables, timeout: 60)
            defer { emulator.stop() }
            try await body(emulator)
        }
    }

    @Test("a report, a report after a result, and an event that is none")
    func emulator() async throws {
        let place = try await ReportPlace.inMoto()
        place.clock.advance(.now() - place.clock.now)  // The program has the machine's clock.
        try await place.putResults("shop", [true, false, true])
        try await withEmulator(place) { emulator in
            let report = try JSONValue(parsing: emulator.invoke(Array("{}".utf8)).body)
            #expect(report["state"] == "done", "\(report) \(emulator.log)")
            #expect(try await place.keys().contains("slamon/index.html"))
            let time = Int(place.clock.now.secondsSinceEpoch)
            let result = #"{"timestamp": \#(time), "succeeded": false, "service": "shop", "groups": []}"#
            let event = JSONValue.object([
                "Records": [["messageId": "1", "body": .string(result), "eventSource": "aws:sqs"]]
            ])
            let answer = try JSONValue(parsing: emulator.invoke(event.serialized()).body)
            #expect(answer == ["batchItemFailures": []], "\(answer) \(emulator.log)")
            let wrong = try JSONValue(parsing: emulator.invoke(Array(#"{"Records": [{"x": 1}]}"#.utf8)).body)
            #expect(wrong["errorType"] == "Function.Invalid", "\(wrong)")
        }
    }
}

/// The program that SwiftPM built beside the tests.
enum ReporterProgram {
    static let path = [Bundle.main.bundleURL.deletingLastPathComponent(), Bundle.main.bundleURL]
        .map { $0.appending(path: "sla-reporter").path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}
