import ArgumentParser
import Basics
import ConfigurationSources
import LocalCloud
import YAML

struct NotifyConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Turns the alerts of a Gatus file into rules of the notifier.",
        discussion: """
            The file's alerting: becomes outputs, its endpoints' alerts: become routes, on standard output. Comments say \
            which variables of the notifier and of the checker to set. Secrets never get into the rules: $NAME becomes \
            env:NAME, and a secret that stands in the file becomes a variable that you set to it.

            What rules cannot say is named with its line on standard error and in a comment. The exit status is 0 when \
            there is nothing of that kind, 2 when there is, 64 when the file cannot be read or has no alerting:.

            Examples:
              tocsin notify convert gatus.yaml > notifier.yaml
              tocsin notify --event change.json --config notifier.yaml --dry-run
            """)

    @Argument(help: ArgumentHelp("The configuration of Gatus; - for standard input.", valueName: "file"))
    var file: String

    func run() throws {
        let bytes: [UInt8]
        do {
            bytes = file == "-" ? try Files.readStandardInput() : try ConfigurationSource.bytes(ofFile: file)
        } catch {
            throw usageError("\(error)")
        }
        let name = file == "-" ? "standard input" : String(file.split(separator: "/").last ?? "")
        let root: YAMLNode
        do { root = try YAMLNode(parsing: bytes) } catch { throw usageError("\(name) is no YAML: \(error)") }
        guard root["alerting"]?.members?.isEmpty == false else {
            throw usageError("\(name) has no alerting:, so there is nothing to turn into rules")
        }
        let rules = GatusRules(GatusAlerting(root))
        for finding in rules.findings { printError("\(name):\(finding.line): \(finding.path): \(finding.text)") }
        if rules.isEmpty {
            printError("No rules are written: none of its providers can be an output.")
        } else {
            let text = rules.yaml(source: name)
            // Without the line end, which printing adds.
            try printLine(String(text.dropLast()))
        }
        if !rules.findings.isEmpty { throw ExitCode(2) }
    }
}
