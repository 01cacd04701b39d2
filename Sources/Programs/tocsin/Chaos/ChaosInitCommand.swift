import ArgumentParser
import Basics
import ChaosActivities
import Experiments
import Glibc
import JSON
import YAML

struct ChaosInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Writes a new experiment, by questions or from options.",
        discussion: """
            Without --title it asks, as Chaos Toolkit does. Activities are the built-in ones, each with its arguments as \
            a JSON object; those that are left out get their defaults.

            Examples:
              tocsin chaos init
              tocsin chaos init --experiment-path stop.yaml --title "One instance less" \\
                --hypothesis "Two instances run" --tolerance 2 \\
                --probe 'chaosaws.ec2.probes.count_instances {"filters": [{"Name": "tag:app", "Values": ["shop"]}]}' \\
                --action 'chaosaws.ec2.actions.stop_instance {"instance_id": "i-0123456789"}'
            """)

    @Option(help: ArgumentHelp("Where the experiment goes, YAML or JSON by its name.", valueName: "path"))
    var experimentPath = "./experiment.json"

    @Option(help: ArgumentHelp("Accepted for Chaos Toolkit's sake: the activities are built in.", valueName: "path"))
    var discoveryPath: String?

    @Option(help: ArgumentHelp("The title; with it nothing is asked.", valueName: "text"))
    var title: String?

    @Option(help: ArgumentHelp("What the experiment is for.", valueName: "text"))
    var description: String?

    @Option(help: ArgumentHelp("The title of the steady-state hypothesis.", valueName: "text"))
    var hypothesis: String?

    @Option(help: ArgumentHelp("A probe of the hypothesis; may be repeated.", valueName: "activity"))
    var probe: [String] = []

    @Option(help: ArgumentHelp("What the probe must return, as JSON or text: one for each probe.", valueName: "value"))
    var tolerance: [String] = []

    @Option(help: ArgumentHelp("An activity of the method; may be repeated.", valueName: "activity"))
    var action: [String] = []

    @Option(help: ArgumentHelp("An activity of the rollbacks; may be repeated.", valueName: "activity"))
    var rollback: [String] = []

    @Flag(help: "Replace a file that exists.")
    var force = false

    @ParentCommand var chaos: ChaosCommand

    func validate() throws {
        guard title != nil else { return }
        if probe.count != tolerance.count { throw ValidationError("Each --probe needs one --tolerance.") }
        if hypothesis == nil, !probe.isEmpty { throw ValidationError("--probe needs --hypothesis with its title.") }
    }

    func run() async throws {
        try await chaos.withSession { session, log in
            if !force, access(experimentPath, F_OK) == 0 {
                log.write(.error, "\(experimentPath) exists: choose another --experiment-path, or give --force")
                throw ExitCode.failure
            }
            let skeleton = if let title { try skeleton(title) } else { try ExperimentQuestions().ask() }
            let document = JSONValue.object(skeleton.document)
            let isYAML = experimentPath.hasSuffix(".yaml") || experimentPath.hasSuffix(".yml")
            try writeOutput(
                isYAML ? document.yaml : String(decoding: document.serialized(.pretty), as: UTF8.self),
                to: experimentPath)
            try printLine("Experiment created and saved in '\(experimentPath)'")
        }
    }

    private func skeleton(_ title: String) throws -> ExperimentSkeleton {
        var skeleton = ExperimentSkeleton(title: title)
        if let description { skeleton.description = description }
        skeleton.hypothesis = hypothesis
        skeleton.probes = try zip(probe, tolerance).map { probe, tolerance in
            try Self.choice(probe, tolerance: (try? JSONValue(parsing: tolerance)) ?? .string(tolerance))
        }
        skeleton.method = try action.map { try Self.choice($0) }
        if !rollback.isEmpty { skeleton.rollbacks = try rollback.map { try Self.choice($0) } }
        return skeleton
    }

    /// `module.function {"argument": …}`.
    private static func choice(_ text: String, tolerance: JSONValue? = nil) throws -> ExperimentSkeleton.Choice {
        let parts = text.split(separator: " ", maxSplits: 1)
        let activity = try activity(String(parts.first ?? ""))
        var arguments: JSONObject = [:]
        if parts.count == 2 {
            guard let object = (try? JSONValue(parsing: String(parts[1])))?.objectValue else {
                throw ExperimentError(
                    .invalid,
                    "the arguments of \(parts[0]) are no JSON object such as {\"name\": \"value\"}: \(parts[1])")
            }
            arguments = object
        }
        let names = activity.arguments.map(\.name)
        if let unknown = arguments.keys.first(where: { !names.contains($0) }) {
            let meant = names.nearest(to: unknown).map { ": did you mean \($0)?" } ?? ""
            throw ExperimentError(.invalid, "\(parts[0]) has no argument \(unknown)\(meant)")
        }
        let missing = activity.arguments.filter { $0.fallback == nil && arguments[$0.name] == nil }.map(\.name)
        if !missing.isEmpty {
            throw ExperimentError(.invalid, "\(parts[0]) needs \(missing.joined(separator: ", "))")
        }
        return ExperimentSkeleton.Choice(activity, arguments: arguments, tolerance: tolerance)
    }

    /// The activity of a name.
    /// - Throws: `ExperimentError` with the nearest right name.
    static func activity(_ name: String) throws(ExperimentError) -> NativeActivity {
        let all = ChaosActivities.registry.all
        if let activity = all[name] { return activity }
        // A function's name alone is enough where only one module has it.
        let found = all.values.filter { $0.function == name }
        if found.count == 1 { return found[0] }
        let names = all.keys.sorted()
        let advice =
            found.isEmpty
            ? names.nearest(to: name).map { "did you mean \($0)?" } ?? "`tocsin chaos discover --list` shows all"
            : "it is in " + found.map(\.module).sorted().joined(separator: " and ")
        throw ExperimentError(.invalid, "there is no activity \(name): \(advice)")
    }
}
