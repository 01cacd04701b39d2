import ArgumentParser
import Experiments

/// Values from the command line in the place of those of the experiment.
struct ValueOptions: ParsableArguments {
    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("A value of the configuration: name=value or name:type=value.", valueName: "name=value"))
    var variables: [String] = []

    @Option(help: ArgumentHelp("Values in a JSON or YAML file, or variables in a .env file.", valueName: "path"))
    var varFile: [String] = []

    /// The resolved configuration and secrets of an experiment.
    func substitution(of experiment: Experiment, _ session: ChaosSession) async throws -> Substitution {
        Substitution(configuration: experiment.configuration, secrets: experiment.secrets)
    }
}
