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
            Writes Chaos Toolkit's discovery.json. The activities are built in: nothing is installed. An \
            unknown package ends with status 1, where Chaos Toolkit ends with 0.

            Examples:
              tocsin chaos discover --list
              tocsin chaos discover chaosaws.ec2 --list
              tocsin chaos discover chaostoolkit-aws --discovery-path discovery.json
            """)

    @Argument(help: "A package such as chaostoolkit-aws, or the beginning of a module's name; everything by default.")
    var package: String?

    @Option(help: ArgumentHelp("Where the document goes.", valueName: "path"))
    var discoveryPath = "./discovery.json"

    @Flag(help: "Print a table, and write no file.")
    var list = false

    @Flag(help: "Leave this machine out of the document.")
    var noSystemInfo = false

    @Flag(help: "Accepted for Chaos Toolkit's sake: nothing is ever installed.")
    var noInstall = false

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        try await chaos.withSession(logsToFile: !list) { session, log in
            let document = try Discovery.document(
                of: ChaosActivities.registry, package: package, version: Tocsin.version,
                id: randomUUID { .random(in: 0...255) }, at: .now(), platform: noSystemInfo ? [:] : session.platform)
            if list { return try show(document, session.environment) }
            try writeOutput(
                String(decoding: JSONValue.object(document).serialized(.pretty), as: UTF8.self), to: discoveryPath)
            log.write(.info, "Discovery outcome saved in \(discoveryPath)")
        }
    }

    private func show(_ document: JSONObject, _ environment: [String: String]) throws {
        let columns: [Table.Column] = [
            .init("ACTIVITY"), .init("TYPE", dropOrder: 1), .init("UNDO", dropOrder: 3),
            .init("ARGUMENTS", dropOrder: 2),
        ]
        let width = TerminalTraits(of: STDOUT_FILENO, environment: environment).size?.columns
        let registry = ChaosActivities.registry.all
        let names = (document["activities"]?.arrayValue ?? []).map { activity in
            "\(activity["mod"]?.stringValue ?? "").\(activity["name"]?.stringValue ?? "")"
        }
        // The arguments get what the other columns leave.
        let room = width.map { max(12, $0 - (names.map(\.count).max() ?? 0) - 40) } ?? .max
        let rows = names.compactMap { name -> [Table.Cell]? in
            guard let activity = registry[name] else { return nil }
            let arguments = activity.arguments.map { argument in
                argument.fallback.map { "\(argument.name)=\($0)" } ?? argument.name
            }
            let undo =
                activity.undo?.summary.cut(to: width == nil ? .max : 26) ?? (activity.kind == .action ? "none" : "")
            return [
                .init(name), .init(activity.kind.rawValue, .faint),
                .init(undo, undo == "none" ? .bad : .plain),
                .init(arguments.joined(separator: ", ").cut(to: room)),
            ]
        }
        try printTable(Table(columns, rows: rows), environment)
    }
}
