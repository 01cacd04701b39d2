public import Basics
public import JSON

/// The values of an experiment's configuration and secrets, resolved one after the other.
///
/// Three steps: ``configuration(of:environment:overrides:)``, ``SecretResolver/secrets(of:configuration:)``, then
/// ``dynamicConfiguration(_:secretScopes:run:)``. A durable run may record the results of the first and the third, and
/// resolves secrets anew in every process. It leaves out ``secretKeys`` of what it records.
public struct ExperimentVariables: Sendable {
    /// The resolved configuration.
    public var configuration: JSONObject
    /// The resolved secrets, by scope.
    public var secrets: JSONObject

    /// Resolved values.
    public init(configuration: JSONObject, secrets: JSONObject) {
        self.configuration = configuration
        self.secrets = secrets
    }

    /// What replaces variables in texts.
    public var substitution: Substitution { Substitution(configuration: configuration, secrets: secrets) }

    /// What must not be shown.
    public var secretValues: SecretValues { SecretValues(secrets: secrets, configuration: configuration) }

    /// Keys of the configuration whose values are secrets, by Chaos Toolkit's own rules: they open Vault.
    public static let secretKeys: Set<String> = ["vault_token", "vault_role_secret"]

    /// A configuration without the values of ``secretKeys``, for records.
    public static func recordable(_ configuration: JSONObject) -> JSONObject {
        JSONObject(distinct: configuration.filter { !secretKeys.contains($0.key) })
    }
}

/// Values that were resolved, with everything that is wrong with them.
public struct ResolvedVariables: Sendable {
    /// The values without those that have a fault.
    public var values: JSONObject = [:]
    /// What is wrong; a run must not begin with it.
    public var faults: [VariableFault] = []
    /// What has no effect.
    public var warnings: [VariableFault] = []

    /// The values.
    /// - Throws: `ExperimentError.configuration` with all faults.
    public func get() throws(ExperimentError) -> JSONObject {
        guard faults.isEmpty else { throw ExperimentError(faults) }
        return values
    }
}

extension ExperimentVariables {
    /// Resolves the `configuration` of a document, except for its probes, which stay as they are declared.
    ///
    /// A value is inline JSON or `{type: env, key: NAME, default: …, env_var_type: int}`. An empty environment variable
    /// is a value, and a default is converted, too. Values with another `type` are inline.
    public static func configuration(
        of declaration: JSONObject, environment: [String: String], overrides: VariableOverrides = VariableOverrides()
    ) -> ResolvedVariables {
        var result = ResolvedVariables()
        let environment = environment.merging(overrides.environment) { $1 }
        for (key, declared) in declaration {
            let value = overrides.configuration[key] ?? declared
            guard case .object(let lookup) = value, lookup["type"] == "env" else {
                result.values[key] = value
                continue
            }
            do throws(VariableFault) {
                result.values[key] = try variable(lookup, environment, "configuration.\(key)")
            } catch { result.faults.append(error) }
        }
        for key in overrides.configuration.keys where declaration[key] == nil {
            let near = declaration.keys.nearest(to: key).map { ", did you mean \($0)?" } ?? ""
            result.warnings.append(
                VariableFault(
                    "configuration.\(key)", "its override has no effect, the experiment has no such key\(near)"))
        }
        return result
    }

    private static func variable(
        _ lookup: JSONObject, _ environment: [String: String], _ path: String
    ) throws(VariableFault) -> JSONValue {
        guard let name = lookup["key"]?.stringValue else {
            throw VariableFault("\(path).key", "expected the name of an environment variable")
        }
        let type = lookup["env_var_type"] ?? .null
        guard type.isNull || type.stringValue != nil else {
            let types = Python.conversionTypes.joined(separator: ", ")
            throw VariableFault("\(path).env_var_type", "expected one of \(types)")
        }
        guard let value = environment[name].map(JSONValue.string) ?? lookup["default"] else {
            throw VariableFault(path, "the environment variable \(name) is not set: set it, or give a `default`")
        }
        do throws(PythonTypeError) { return try Python.convert(value, to: type.stringValue) } catch {
            throw VariableFault(path, "the value of \(name) cannot be converted: \(error.message)")
        }
    }

    /// Runs the probes of a configuration in order, and puts what they find in their places.
    ///
    /// Of a process it is what it wrote, without white space around it, of HTTP the body, of a Python function its
    /// result. The key of a probe that fails is left out.
    /// - Parameters:
    ///   - configuration: the resolved configuration.
    ///   - secretScopes: the scopes of the secrets; a probe gets all of them.
    ///   - run: runs a probe, with the keys before it as its configuration; returns its output.
    /// - Returns: the configuration, and a warning for each key that is left out.
    /// - Throws: `ExperimentError.unforeseen` where Chaos Toolkit would die; `interrupted`, `refused` and
    ///   `CancellationError` of `run`.
    public static func dynamicConfiguration(
        _ configuration: JSONObject, secretScopes: [String],
        run: (_ probe: JSONObject, _ configuration: JSONObject) async throws -> JSONValue
    ) async throws -> ResolvedVariables {
        var result = ResolvedVariables()
        for (key, value) in configuration {
            guard case .object(var probe) = value, probe["type"] == "probe" else {
                result.values[key] = value
                continue
            }
            let path = "configuration.\(key)"
            guard case .object(var provider)? = probe["provider"], let type = provider["type"]?.stringValue else {
                throw ExperimentError(.unforeseen, "\(path): the probe needs a provider with a type")
            }
            provider["secrets"] = .array(secretScopes.map { .string($0) })
            probe["provider"] = .object(provider)
            let output: JSONValue
            do { output = try await run(probe, result.values) } catch let error as CancellationError {
                throw error
            } catch {
                if let error = error as? ExperimentError, [.interrupted, .refused].contains(error.code) { throw error }
                result.warnings.append(VariableFault(path, "the key is left out, because its probe failed: \(error)"))
                continue
            }
            do throws(VariableFault) {
                if let value = try found(output, type, path) { result.values[key] = value }
            } catch { result.warnings.append(error) }
        }
        return result
    }

    private static func found(
        _ output: JSONValue, _ provider: String, _ path: String
    ) throws(VariableFault) -> JSONValue? {
        switch provider {
        case "process":
            guard output["status"].map({ Python.areEqual($0, 0) }) ?? false else {
                throw VariableFault(path, "the key is left out, because its process ended with an error")
            }
            return .string(Python.strip(output["stdout"]?.stringValue ?? ""))
        case "http": return output["body"] ?? .null
        case "python": return output
        default: return nil
        }
    }
}
