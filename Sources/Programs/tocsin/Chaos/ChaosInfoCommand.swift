import ArgumentParser
import Basics
import ChaosActivities
import Experiments
import JSON
import TextTables

struct ChaosInfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Tells versions, the built-in packages of activities, or the settings.",
        discussion: """
            Examples:
              tocsin chaos info core
              tocsin chaos info extensions
            """)

    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case core, extensions, settings
    }

    @Argument(help: "core, extensions or settings.")
    var subject: Subject

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        try await chaos.withSession { session, log in
            switch subject {
            case .core:
                let rows: [[Table.Cell]] = [
                    ["CLI", .init(TocsinVersion.current)],
                    ["Core library", .init("as chaoslib \(Journal.chaoslibVersion)")],
                ]
                try printTable(Table([.init("NAME"), .init("VERSION")], rows: rows), session.environment)
            case .extensions:
                let groups = Dictionary(grouping: ChaosActivities.all) { String($0.module.prefix { $0 != "." }) }
                let rows = groups.sorted { $0.key < $1.key }.map { name, activities -> [Table.Cell] in
                    let actions = activities.count { $0.kind == .action }
                    return [.init(name), .init("\(actions)"), .init("\(activities.count - actions)")]
                }
                try printTable(
                    Table(
                        [.init("NAME"), .init("ACTIONS", rightAligned: true), .init("PROBES", rightAligned: true)],
                        rows: rows), session.environment)
            case .settings: try chaos.showSettings(session)
            }
        }
    }
}

struct ChaosSettingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Shows the settings file.",
        discussion: "Example:\n  tocsin chaos settings show", subcommands: [Show.self])

    @ParentCommand var chaos: ChaosCommand

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Prints the settings file as it is, secrets included.")

        @ParentCommand var settings: ChaosSettingsCommand

        func run() async throws {
            let chaos = settings.chaos
            try await chaos.withSession { session, _ in try chaos.showSettings(session) }
        }
    }
}

extension ChaosCommand {
    /// Prints the settings file.
    fileprivate func showSettings(_ session: ChaosSession) throws {
        let path = options.settingsPath(session.environment)
        do {
            try writeOutput(String(decoding: try contents(ofFile: path, limit: 16 << 20), as: UTF8.self), to: nil)
        } catch let error as SystemError {
            printError("No settings file found at \(path): \(error)")
            throw ExitCode.failure
        }
    }
}

extension ChaosOptions {
    /// Where the settings are: `--settings`, otherwise Chaos Toolkit's place.
    func settingsPath(_ environment: [String: String]) -> String {
        settings ?? "\(environment["HOME"] ?? "")/.chaostoolkit/settings.yaml"
    }
}
