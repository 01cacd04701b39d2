import Foundation
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// The built binary against the answers of the original's driver.
@Suite struct DriverProgramTests {
    private static func run(_ arguments: [String], input: String = "") async throws -> DriverSamples.Answer {
        try await DriverProgram.run(
            arguments, input: input,
            environment: ["OPTUNE_CONFIG": "/nowhere/config.yaml", "ADJUST_STATE": "/dev/null/nowhere"])
    }

    @Test("every command line is answered as by the original, but a cancel is possible", arguments: 0..<38)
    func arguments(number: Int) async throws {
        let (arguments, original) = DriverSamples.arguments[number]
        let ours = try await Self.run(arguments)
        var meant = original
        meant.output = original.output.replacing(#""has_cancel": false"#, with: #""has_cancel": true"#)
        #expect(ours == meant, "\(arguments)")
    }

    @Test func allSamplesAreCompared() {
        #expect(DriverSamples.arguments.count == 38)
        #expect(DriverSamples.inputs.count == 10)
    }

    @Test("input without settings fails as in the original; only what is wrong with JSON is said in other words")
    func inputs() async throws {
        for (input, original) in DriverSamples.inputs {
            let ours = try await Self.run(["app"], input: input)
            #expect(ours.status == original.status, "\(input)")
            let mark = "(JSONDecodeError) "
            let isBlank = input.allSatisfy(\.isWhitespace)
            if !isBlank, let end = original.output.range(of: mark)?.upperBound {
                #expect(ours.output.hasPrefix(original.output[..<end]), "\(input)")
                #expect(ours.output.hasSuffix("\"}\n"), "\(input)")
            } else {
                #expect(ours.output == original.output, "\(input)")
            }
            #expect(ours.errors.hasPrefix("adjust: "), "\(input)")
        }
    }

    @Test func help() async throws {
        for arguments in [["-h"], ["--help"], ["--he", "app"], ["--nonsense", "-h"]] {
            let answer = try await Self.run(arguments)
            #expect(answer.status == 0)
            #expect(answer.errors == "")
            #expect(answer.output.hasPrefix(DriverArguments.usage + "\n\n"))
            #expect(answer.output.contains("\nexamples:\n  adjust --describe shop\n"))
        }
    }

    @Test func recoverIsNotAbbreviated() {
        #expect(DriverArguments(["--recover", "app"]) == .recover(application: "app"))
        #expect(DriverArguments(["--recover"]) != .recover(application: ""))
        guard case .wrong(let text) = DriverArguments(["--recove", "app"]) else {
            Issue.record("an abbreviation was taken")
            return
        }
        #expect(text.hasSuffix("unrecognized arguments: --recove"))
    }

    @Test("a configuration that is not there is told as JSON and as text")
    func missingConfiguration() async throws {
        let answer = try await Self.run(["--query", "app"])
        #expect(answer.status == 1)
        let line = try JSONValue(parsing: answer.output)
        #expect(line["status"]?.stringValue == "failed")
        #expect(line["reason"]?.stringValue == "unknown")
        #expect(line["class"]?.stringValue == "AssertionError")
        #expect(line["message"]?.stringValue?.contains("/nowhere/config.yaml") == true)
        #expect(answer.errors.contains("/nowhere/config.yaml"))
    }
}
