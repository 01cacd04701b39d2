import AlarmProvisioner
import ArgumentParser
import Basics
import JSON
import TextTables

struct AlarmsRulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Lists the rules that are in force, and what each of them matches.",
        discussion: """
            Checks the files on the way: every fault is told with its file and line. With --offline nothing is asked \
            of AWS, and nothing is matched.

            Examples:
              tocsin alarms rules
              tocsin alarms rules --rules alarms.yaml --offline
              tocsin alarms rules --rules alarms.yaml --json
            """)

    @OptionGroup var options: AlarmsOptions

    @Flag(help: "Only read the rules.")
    var offline = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let (json, offline, range) = (json, offline, options.range)
        try await AlarmsSession.run(options) { session in
            let rows = try await session.working { progress in
                offline
                    ? try await session.provisioner.listing(deadline: nil)
                    : try await session.provisioner.listing(range, deadline: nil, progress: progress)
            }
            if json { return try printLine("\(JSONValue.array(rows.map(\.json)))") }
            if rows.isEmpty { return try printLine("There are no rules.") }
            try printTable(Self.table(rows, offline: offline), session.environment)
            let costs = rows.compactMap(\.cost)
            if !costs.isEmpty { try printLine("\n" + costs.map(\.description.printable).joined(separator: "\n")) }
        }
    }

    private static func table(_ rows: [RuleListing], offline: Bool) -> Table {
        var columns: [Table.Column] = [.init("RULE"), .init("KINDS", dropOrder: 1), .init("FROM", dropOrder: 2)]
        if !offline {
            columns += [
                .init("RESOURCES", rightAligned: true), .init("ALARMS", rightAligned: true),
                .init("SUCH AS", dropOrder: 3),
            ]
        }
        // Names of rules are what --rules files and tags refer to: other columns go before these are cut.
        return Table(
            columns, narrowestFirstColumn: 28,
            rows: rows.map { row in
                let cells: [Table.Cell] = [
                    .init(row.rule), .init(row.kinds.joined(separator: ", ").cut(to: 30)), .init(row.origin, .faint),
                ]
                guard !offline else { return cells }
                return cells + [
                    .init("\(row.resources)", row.resources == 0 ? .faint : .plain),
                    .init("\(row.alarms)", row.alarms == 0 ? .faint : .good),
                    .init(row.examples.joined(separator: ", ").cut(to: 40), .faint),
                ]
            })
    }
}
