import ArgumentParser
import Basics
import ConfigurationSources
import Experiments

/// Values from the command line in the place of those of the experiment.
struct ValueOptions: ParsableArguments {
    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("A value of the configuration: name=value or name:type=value.", valueName: "name=value"))
    var variables: [String] = []

    @Option(help: ArgumentHelp("Values in a JSON or YAML file, or variables in a .env file.", valueName: "path"))
    var varFile: [String] = []

    /// Reads the values.
    /// - Throws: `ExitCode` 2 for what Chaos Toolkit's command line does not take, either.
    func overrides() throws -> VariableOverrides {
        do throws(ExperimentError) { return try VariableOverrides(variables: variables, files: varFile) } catch {
            printError("Error: \(error.message)")
            throw ExitCode(2)
        }
    }
}

extension ChaosSession {
    /// How the values of an experiment are found on this machine.
    func resolution(_ overrides: VariableOverrides, _ guarding: Guard?) -> VariableResolution {
        VariableResolution(
            environment: environment, overrides: overrides,
            remote: SecretResolver.Remote(http: http, aws: .aws(aws)), guarding: guarding)
    }
}
