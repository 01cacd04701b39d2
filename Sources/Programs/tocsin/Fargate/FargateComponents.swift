import Basics
import ConfigurationSources
import FargateAdjuster
import Glibc
import LocalCloud

/// Which components a command works on: of a file, or made of the command line.
extension FargateSession {
    /// The components that a command is to work on, with what is odd about the file told.
    ///
    /// - Parameter services: names of components, or services of ECS where they are named directly; all components of
    ///   the file when there are none.
    func configuration(of services: [String]) async throws -> AdjusterConfiguration {
        try await selection(of: services).configuration
    }

    /// As ``configuration(of:)``, and whether the services were named directly.
    func selection(
        of services: [String]
    ) async throws -> (configuration: AdjusterConfiguration, isDirect: Bool) {
        let isDirect =
            options.cluster != nil || (options.config == nil && services.contains { ECSServiceName(arn: $0) != nil })
        guard !isDirect, let file = configurationFile else {
            guard !services.isEmpty else {
                throw usageError(
                    "no service is named, and there is no config.yaml here: name one, such as "
                        + "`tocsin fargate describe web --cluster shop`, or give --config")
            }
            var components = services.uniqued.map(direct)
            let names = Dictionary(grouping: components, by: \.name)
            for index in components.indices where (names[components[index].name]?.count ?? 0) > 1 {
                components[index].name = components[index].service
            }
            return (AdjusterConfiguration(components: components), true)
        }
        let bytes: [UInt8]
        do {
            bytes = try await read(file)
        } catch {
            throw AdjusterError(.invalidConfiguration, "\(error)")
        }
        var configuration: AdjusterConfiguration
        do {
            configuration = try AdjusterConfiguration(parsing: bytes, file: file, environment: Environment(environment))
        } catch {
            guard options.config == nil, !services.isEmpty else { throw error }
            throw AdjusterError(
                error.code, "\(error.message)\n(for a service of ECS without this file, give --cluster)",
                underlying: error)
        }
        for warning in configuration.warnings { printError("Warning: \(warning)") }
        guard !services.isEmpty else { return (configuration, false) }
        do throws(AdjusterError) {
            configuration.components = try configuration.components(named: services)
        } catch {
            throw usageError(
                "\(file): \(error.message)"
                    + (options.config == nil ? "\n(for a service of ECS of this name, give --cluster)" : ""))
        }
        return (configuration, false)
    }

    /// Whether there is a file with components.
    var hasConfiguration: Bool { configurationFile != nil }

    private var configurationFile: String? {
        if let file = options.config { return file }
        if let file = environment["OPTUNE_CONFIG"], !file.isEmpty { return file }
        return access("config.yaml", F_OK) == 0 ? "config.yaml" : nil
    }

    private func read(_ place: String) async throws -> [UInt8] {
        if place == "-" { return try Files.readStandardInput() }
        return try await (ConfigurationSource(place) ?? .file(place)).load(
            environment: [:], remote: .awsFiles { [aws] in aws })
    }

    private func direct(_ service: String) -> ComponentConfiguration {
        let known = ECSServiceName(service)
        let variable = environment["FARGATE_CLUSTER"].flatMap { $0.isEmpty ? nil : $0 }
        var component = ComponentConfiguration(
            name: known.name, service: service, cluster: options.cluster ?? known.cluster ?? variable ?? "default")
        // Which pairs there are is checked by the plan; these are the ends.
        component.cpu = SettingRule(.range(minimum: 0.25, maximum: 32, step: 0.25), unit: "vCPU")
        component.memory = SettingRule(.range(minimum: 0.5, maximum: 244, step: 0.5), unit: "GiB")
        component.replicas = SettingRule(.range(minimum: 0, maximum: 5_000, step: 1))
        return component
    }
}

extension [String] {
    /// Each once, in the order of the first ones.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
