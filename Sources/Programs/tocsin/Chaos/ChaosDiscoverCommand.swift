import ArgumentParser
import Basics
import ChaosActivities
import Experiments
import Glibc
import JSON
import LocalCloud
import TextTables

struct ChaosDiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Tells which activities there are, with their arguments and how they are undone.",
        discussion: """
            Writes Chaos Toolkit's discovery.json, or prints a table (--list) or all that is declared of each activity \
            (--json): its arguments, how targets are chosen, what it calls, how it is undone. The activities are \
            built in: nothing is installed. An unknown package ends with status 1, where Chaos Toolkit ends with 0.

            Examples:
              tocsin chaos discover --list
              tocsin chaos discover chaosaws.ec2 --list
              tocsin chaos discover chaosaws.ec2.actions.stop_instances --json
              tocsin chaos discover chaostoolkit-aws --discovery-path discovery.json
            """)

    @Argument(
        help:
            "A package such as chaostoolkit-aws, the beginning of a module's name, or an activity; everything by default."
    )
    var package: String?

    @Option(help: ArgumentHelp("Where the document goes.", valueName: "path"))
    var discoveryPath = "./discovery.json"

    @Flag(help: "Print a table, and write no file.")
    var list = false

    @Flag(help: "Print all that is declared, as JSON, and write no file.")
    var json = false

    @Flag(help: "Leave this machine out of the document.")
    var noSystemInfo = false

    @Flag(help: "Accepted for Chaos Toolkit's sake: nothing is ever installed.")
    var noInstall = false

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        try await chaos.withSession(logsToFile: !list && !json) { session, log in
            let activities = try Discovery.activities(of: ChaosActivities.registry, package: package)
            if json { return try printLine(text(.array(activities.map(\.declaration)))) }
            if list { return try show(activities, session.environment) }
            let document = try Discovery.document(
                of: ChaosActivities.registry, package: package, version: TocsinVersion.current,
                id: randomUUID { .random(in: 0...255) }, at: .now(), platform: noSystemInfo ? [:] : session.platform)
            try writeOutput(text(.object(document)), to: discoveryPath)
            log.write(.info, "Discovery outcome saved in \(discoveryPath)")
        }
    }

    private func text(_ json: JSONValue) -> String { String(decoding: json.serialized(.pretty), as: UTF8.self) }

    private func show(_ activities: [NativeActivity], _ environment: [String: String]) throws {
        let columns: [Table.Column] = [
            .init("ACTIVITY"), .init("TYPE", dropOrder: 1), .init("UNDO", dropOrder: 3),
            .init("ARGUMENTS", dropOrder: 2),
        ]
        let width = TerminalTraits(of: STDOUT_FILENO, environment: environment).size?.columns
        func name(_ activity: NativeActivity) -> String { "\(activity.module).\(activity.function)" }
        // The arguments get what the other columns leave.
        let room = width.map { max(12, $0 - (activities.map { name($0).count }.max() ?? 0) - 40) } ?? .max
        let rows = activities.map { activity -> [Table.Cell] in
            let arguments = activity.arguments.map { argument in
                argument.fallback.map { "\(argument.name)=\($0)" } ?? argument.name
            }
            let undo =
                activity.undo?.summary.cut(to: width == nil ? .max : 26) ?? (activity.kind == .action ? "none" : "")
            return [
                .init(name(activity)), .init(activity.kind.rawValue, .faint),
                .init(undo, undo == "none" ? .bad : .plain),
                .init(arguments.joined(separator: ", ").cut(to: room)),
            ]
        }
        try printTable(Table(columns, rows: rows), environment)
    }
}
