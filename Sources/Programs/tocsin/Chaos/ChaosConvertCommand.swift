import ArgumentParser
import Basics
import ChaosActivities
import Experiments
import JSON
import YAML

struct ChaosConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Turns an experiment template of AWS Fault Injection Service into a Chaos Toolkit experiment.",
        discussion: """
            SOURCE is the template as `aws fis get-experiment-template` prints it, or a CloudFormation template with one \
            in it; run, plan and validate also take it as it is. An ordinary experiment only changes between YAML and \
            JSON. Actions that no activity can do are named, and nothing is written then.

            Examples:
              tocsin chaos convert template.json
              tocsin chaos convert template.json -o experiment.yaml
            """)

    @Argument(help: "The template: a file, an http(s):// URL or s3://bucket/key.")
    var source: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where the experiment goes, YAML or JSON by its name; standard output by default.",
            valueName: "path"))
    var output: String?

    @Flag(help: "JSON instead of YAML.")
    var json = false

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        try await chaos.withSession { session, log in
            let loaded = try await session.document(source)
            if FISConversion.recognizes(loaded.value) {
                // What is left out or changed is worth knowing; errors are told when the experiment is read.
                for finding in FISConversion(of: loaded, registry: ChaosActivities.registry).findings
                where finding.severity != .error {
                    log.write(.warning, finding.text(source))
                }
            }
            let document = JSONValue.object(try Experiment(loaded, registry: ChaosActivities.registry).document)
            let isJSON = json || output?.hasSuffix(".json") == true
            let text = isJSON ? String(decoding: document.serialized(.pretty), as: UTF8.self) : document.yaml
            try writeOutput(text, to: output)
        }
    }
}
