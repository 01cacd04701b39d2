import AlarmProvisioner
import ArgumentParser
import Basics
import JSON

struct AlarmsImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes over alarms that exist: they get the owner's tag, and nothing else is changed.",
        discussion: """
            The next plan shows how each of them would be changed, or that no rule asks for it and it would be \
            deleted. An alarm that belongs to another owner is refused. With several regions, a name is looked for in each.

            Examples:
              tocsin alarms import checkout-errors checkout-latency
              tocsin alarms import checkout-errors --owner shop --region eu-central-1
            """)

    @Argument(help: "Names of alarms.")
    var names: [String]

    @OptionGroup var options: AlarmsOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let (names, json) = (names, json)
        let failed = try await AlarmsSession.run(options) { session in
            let rows = try await session.working { progress in
                progress("Looking for \(counted(names.count, "alarm"))")
                return try await session.provisioner.adopt(names, deadline: nil).map { Row($0.scope, $0.result) }
            }
            // In the other regions the name need not be.
            let taken = Set(rows.filter { $0.failure == nil }.map(\.name))
            let shown = rows.filter { $0.failure == nil || !taken.contains($0.name) }
            for row in shown where !json {
                if let failure = row.failure {
                    printError("Error: \(row.name): \(failure)")
                } else {
                    try printLine(
                        "\(row.name) in \(row.scope): \(row.wasOurs ? "was the owner's before" : "taken over")")
                }
            }
            if json { try printLine("\(JSONValue.array(shown.map(\.json)))") }
            return shown.contains { $0.failure != nil }
        }
        if failed { throw ExitCode.failure }
    }

    private struct Row: Sendable {
        let scope: AlarmScope
        let name: String
        let failure: String?
        let wasOurs: Bool

        init(_ scope: AlarmScope, _ result: AlarmAdoption.Result) {
            (self.scope, name, failure, wasOurs) = (scope, result.name, result.failure, result.wasOurs)
        }

        var json: JSONValue {
            [
                "alarm": .string(name), "scope": .string("\(scope)"), "wasOurs": .bool(wasOurs),
                "failure": failure.map { .string($0) } ?? .null,
            ]
        }
    }
}
