import ArgumentParser
import Basics
import ChaosActivities
import Glibc
import JSON
import LocalCloud
import TextTables

struct ChaosDocumentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "documents",
        abstract: "Prints the documents of Systems Manager that are the faults on hosts and in containers.",
        discussion: """
            terraform/aws makes them with chaos_executor.documents. Elsewhere they are made of these files.

            Examples:
              tocsin chaos documents
              tocsin chaos documents StressPacketLoss
              tocsin chaos documents --output-folder documents
              aws ssm create-document --document-type Command --name StressPacketLoss \\
                  --content file://documents/StressPacketLoss.json
            """)

    @Argument(help: "A document, to be printed as JSON; without one there is a table of all.")
    var name: String?

    @Option(help: ArgumentHelp("Write the document, or all, as files into this folder.", valueName: "path"))
    var outputFolder: String?

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        let documents = try SSMDocuments.all()
        let chosen = try name.map { try Self.named($0, in: documents) } ?? documents
        if let outputFolder { return try write(chosen, to: outputFolder) }
        guard name != nil else { return try show(documents) }
        try writeOutput(Self.text(of: chosen[0]), to: nil)
    }

    private static func named(_ name: String, in documents: [SSMDocument]) throws -> [SSMDocument] {
        if let document = documents.first(where: { ([$0.name] + $0.aliases).contains(name) }) { return [document] }
        let nearest = documents.flatMap { [$0.name] + $0.aliases }.nearest(to: name)
        printError("Error: there is no document \(name)\(nearest.map { "; did you mean \($0)?" } ?? "")")
        throw ExitCode.failure
    }

    private static func text(of document: SSMDocument) -> String {
        String(decoding: document.content.serialized(.pretty), as: UTF8.self) + "\n"
    }

    /// A file for each name, aliases too: an experiment finds the document under the spelling that it has.
    private func write(_ documents: [SSMDocument], to folder: String) throws {
        do throws(SystemError) {
            try makeFolder(folder)
        } catch {
            printError("Error: the folder \(folder) cannot be made: \(error)")
            throw ExitCode.failure
        }
        for document in documents {
            for name in [document.name] + document.aliases {
                try writeOutput(Self.text(of: document), to: "\(folder)/\(name).json")
            }
        }
    }

    private func show(_ documents: [SSMDocument]) throws {
        let columns: [Table.Column] = [
            .init("DOCUMENT"), .init("FAULT", dropOrder: 1), .init("PARAMETERS", dropOrder: 2),
            .init("ALSO", dropOrder: 3),
        ]
        let environment = Environment.current().variables
        let width = TerminalTraits(of: STDOUT_FILENO, environment: environment).size?.columns
        let rows = documents.map { document -> [Table.Cell] in
            let parameters = document.parameters.map { name, parameter in
                parameter["default"]?.stringValue.map { "\(name)=\($0)" } ?? name
            }
            return [
                .init(document.name), .init(document.summary.cut(to: width == nil ? .max : 40)),
                .init(parameters.joined(separator: " ").cut(to: width.map { max(20, $0 - 110) } ?? .max)),
                .init(document.aliases.joined(separator: " "), .faint),
            ]
        }
        try printTable(Table(columns, rows: rows), environment)
    }
}
