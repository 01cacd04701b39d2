import ArgumentParser
import Basics
import FargateAdjuster
import JSON
import LocalCloud

/// The wanted values on the command line, and how they are reached.
struct WantedValues: ParsableArguments {
    @Option(help: ArgumentHelp("vCPU of a task, such as 0.5.", valueName: "vCPU"))
    var cpu: SettingNumber?

    @Option(name: [.long, .customLong("mem")], help: ArgumentHelp("GiB of a task, such as 2.", valueName: "GiB"))
    var memory: SettingNumber?

    @Option(help: ArgumentHelp("The number of tasks.", valueName: "number"))
    var replicas: SettingNumber?

    @Option(
        help: ArgumentHelp(
            "A variable of the only container, or of the one that is named before it: app:GOGC=90; may be repeated.",
            valueName: "[container:]name=value"))
    var env: [VariableAssignment] = []

    @Option(
        help: ArgumentHelp(
            "The wanted values of several components in a servo's form, {\"application\": {\"components\": …}}; - for "
                + "standard input.", valueName: "file"))
    var request: String?

    @Flag(help: "Take what Compute Optimizer recommends for the service.")
    var recommended = false

    @Option(
        help: ArgumentHelp(
            "How long the deployment may take, and then once more the way back; 20m, or as the file says.",
            valueName: "time"))
    var timeout: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "So many tasks may fail to start where the service has no circuit breaker; 3 by default.",
            valueName: "number"))
    var failedTasks: Int?

    @Flag(help: "Adjust a service of an Express gateway, too.")
    var express = false

    @Flag(help: "Deregister the revision that is replaced, once the new one is healthy.")
    var deregister = false

    private var hasValues: Bool { cpu != nil || memory != nil || replicas != nil || !env.isEmpty }

    func validate() throws {
        let ways = [hasValues, request != nil, recommended].filter { $0 }.count
        guard ways == 1 else {
            throw ValidationError(
                ways == 0
                    ? "nothing is wanted: give --cpu, --memory, --replicas or --env, or --recommended, or --request."
                    : "--request, --recommended and values of your own exclude each other.")
        }
        if let failedTasks, failedTasks < 1 { throw ValidationError("--failed-tasks: expected a number from 1.") }
        for (index, assignment) in env.enumerated()
        where env.prefix(index).contains(where: { $0.isSameVariable(as: assignment) }) {
            throw ValidationError("--env \(assignment.name): is given twice.")
        }
    }

    /// What is wanted of which components.
    /// - Parameters:
    ///   - configuration: gets what the command line says besides; where a service was named directly, its variables
    ///     too.
    ///   - isDirect: whether the configuration was made of the command line, so that all variables may be set.
    /// - Throws: `ExitCode` for a variable that the file does not have.
    func adjustments(
        of configuration: inout AdjusterConfiguration, isDirect: Bool
    ) throws -> AdjustmentRequest {
        apply(to: &configuration)
        if let request { return try Self.read(request) }
        let component = try configuration.only()
        var settings: [AdjustmentRequest.Setting] = []
        let values = [("cpu", cpu), ("mem", memory), ("replicas", replicas)]
        for case let (name, value?) in values { settings.append(.init(name, .string(value.text))) }
        for assignment in env {
            if isDirect { configuration.components[0].environment.append(assignment.setting) }
            settings.append(
                .init(try assignment.settingName(in: configuration.components[0]), .string(assignment.value)))
        }
        return AdjustmentRequest(components: [.init(component.name, settings)])
    }

    /// Gives components what the command line says of the way.
    func apply(to configuration: inout AdjusterConfiguration) {
        for index in configuration.components.indices {
            if let timeout {
                configuration.components[index].timeout = max(1, Int(timeout.duration.components.seconds))
            }
            if let failedTasks { configuration.components[index].maximumFailedTasks = failedTasks }
            if express { configuration.components[index].allowsExpress = true }
            if deregister { configuration.components[index].deregistersSuperseded = true }
        }
    }

    private static func read(_ file: String) throws -> AdjustmentRequest {
        let bytes: [UInt8]
        do {
            bytes = try file == "-" ? Files.readStandardInput() : Files.read(file)
        } catch {
            throw usageError("--request \(file): \(error)")
        }
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw usageError("--request \(file): \(error)") }
        return try AdjustmentRequest(json)
    }
}

extension AdjusterConfiguration {
    /// The only component.
    /// - Throws: `ExitCode` when there are several.
    func only() throws -> ComponentConfiguration {
        guard components.count == 1 else {
            throw usageError("which one? Name one component: \(components.map(\.name).joined(separator: ", "))")
        }
        return components[0]
    }
}

/// A number as it was written: `0.25`.
struct SettingNumber: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard SettingRule.number(.string(argument)) != nil else { return nil }
        text = argument
    }
}

/// `GOGC=90` or `app:GOGC=90`.
struct VariableAssignment: ExpressibleByArgument {
    let container: String?
    let variable: String
    let value: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let names = parts[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard names.allSatisfy({ !$0.isEmpty }), let last = names.last else { return nil }
        (container, variable, value) = (names.count == 2 ? String(names[0]) : nil, String(last), String(parts[1]))
    }

    /// As it was written, without the value.
    var name: String { (container.map { "\($0):" } ?? "") + variable }

    func isSameVariable(as other: VariableAssignment) -> Bool {
        variable == other.variable && (container == other.container || container == nil || other.container == nil)
    }

    /// A setting for a variable that no file has: its values may be secrets, and are told nowhere.
    var setting: EnvironmentSetting {
        var setting = EnvironmentSetting(name, SettingRule(.any))
        (setting.variable, setting.container) = (variable, container)
        return setting
    }

    /// The name of the component's setting for the variable.
    /// - Throws: `ExitCode` when there is none.
    func settingName(in component: ComponentConfiguration) throws -> String {
        let settings = component.environment
        if let setting = settings.first(where: { container == nil && $0.name == name }) { return setting.name }
        let ofVariable = settings.filter { $0.variable == variable && (container == nil || $0.container == container) }
        if ofVariable.count == 1 { return ofVariable[0].name }
        let names = settings.map(\.name)
        let hint = names.isEmpty ? "it may change no variable" : "it may change \(names.joined(separator: ", "))"
        throw usageError("--env \(name): the file does not have it for component \(component.name); \(hint)")
    }
}
