public import Basics
import Configuration
import ConfigurationSources
import YAML

/// What `config.yaml` says: the components that can be adjusted.
///
/// The file is servo-fargate's, with its messages for what it refuses.
public struct AdjusterConfiguration: Sendable, Hashable {
    /// The components, in the order of the file.
    public var components: [ComponentConfiguration]
    /// What has no effect, or probably not the meant one; each with the file and the line.
    public var warnings: [String] = []

    /// Reads a file, as PyYAML does.
    /// - Parameters:
    ///   - environment: `FARGATE_CLUSTER` and `OPTUNE_ECS_USE_RANGES` count.
    /// - Throws: ``AdjusterError`` `invalidConfiguration` with everything that is wrong.
    public init(parsing bytes: [UInt8], file: String, environment: Environment) throws(AdjusterError) {
        let root: YAMLNode
        do throws(YAMLError) { root = try YAMLNode(parsing: bytes, schema: .pyYAML) } catch {
            throw AdjusterError(
                .invalidConfiguration,
                "Could not parse config file located at \"\(file)\". Please check its contents. "
                    + "Error: line \(error.line), column \(error.column): \(error.message)",
                underlying: error)
        }
        let reader = ConfigurationReader(file: file, environment: environment)
        components = reader.components(of: root)
        warnings = reader.warnings
        do throws(ConfigurationError) { try reader.diagnostics.check() } catch {
            throw AdjusterError(.invalidConfiguration, "\(file): \(error)", underlying: error)
        }
    }

    /// A configuration of these components.
    public init(components: [ComponentConfiguration]) { self.components = components }

    /// The component of this name; nil when there is none.
    public func component(_ name: String) -> ComponentConfiguration? { components.first { $0.name == name } }

    /// The components of these names, in the order of the configuration.
    /// - Throws: ``AdjusterError`` `invalidInput` for a name that no component has.
    public func components(named names: [String]) throws(AdjusterError) -> [ComponentConfiguration] {
        let known = components.map(\.name)
        let unknown = names.filter { !known.contains($0) }
        guard unknown.isEmpty else {
            let told = unknown.map { name in name + (known.nearest(to: name).map { ", did you mean \($0)?" } ?? "") }
            throw AdjusterError(
                .invalidInput,
                "there is no component \(told.joined(separator: "; nor ")) (the configuration has "
                    + "\(known.isEmpty ? "none" : known.joined(separator: ", ")))")
        }
        return components.filter { names.contains($0.name) }
    }
}
