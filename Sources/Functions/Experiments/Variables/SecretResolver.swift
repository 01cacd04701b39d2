public import Basics
public import ConfigurationSources
public import JSON
public import Transport

/// Finds the values of an experiment's secrets.
///
/// A secret is inline, or `{type: env, key: NAME}`, or `{type: vault, path: …, key: …}`, and by our own types
/// `{type: file, path: …}` (without the line break at its end), `{type: ssm, name: …}`,
/// `{type: secretsmanager, id: …, key: …}` and `{type: kms, ciphertext: …, context: {…}}`. Anything else is a scope.
public struct SecretResolver: Sendable {
    /// Where secrets are fetched that lie elsewhere.
    public struct Remote: Sendable {
        /// For Vault.
        public var http: any HTTPExecuting
        /// For AWS; nil where nothing is asked there.
        public var aws: RemoteValues?
        /// When fetching must have ended.
        public var deadline: Timestamp?

        /// Vault through this client, and AWS.
        public init(http: any HTTPExecuting, aws: RemoteValues? = nil, deadline: Timestamp? = nil) {
            self.http = http
            self.aws = aws
            self.deadline = deadline
        }
    }

    private let environment: [String: String]
    private let overrides: VariableOverrides
    private let remote: Remote?

    /// A resolver.
    /// - Parameters:
    ///   - overrides: replace whole scopes, and are not resolved.
    ///   - remote: nil to validate without fetching: the value of what lies elsewhere is then `***`.
    public init(
        environment: [String: String], overrides: VariableOverrides = VariableOverrides(), remote: Remote?
    ) {
        self.environment = environment.merging(overrides.environment) { $1 }
        self.overrides = overrides
        self.remote = remote
    }

    /// The `secrets` of a document with their values.
    /// - Parameter configuration: the resolved configuration, for the settings of Vault.
    /// - Throws: `CancellationError` only; everything else is a fault.
    public func secrets(of declaration: JSONObject, configuration: JSONObject) async throws -> ResolvedVariables {
        var result = ResolvedVariables()
        let vault = remote.map {
            VaultClient(configuration, environment: environment, http: $0.http)
        }
        result.values = try await values(declaration, overrides.secrets, "secrets", vault, &result)
        for scope in overrides.secrets.keys where declaration[scope]?.objectValue == nil {
            let near = declaration.keys.nearest(to: scope).map { ", did you mean \($0)?" } ?? ""
            result.warnings.append(
                VariableFault("secrets.\(scope)", "its override has no effect, the experiment has no such scope\(near)")
            )
        }
        return result
    }

    private func values(
        _ declaration: JSONObject, _ overrides: JSONObject, _ path: String, _ vault: VaultClient?,
        _ result: inout ResolvedVariables
    ) async throws -> JSONObject {
        var values: JSONObject = [:]
        for (key, declared) in declaration {
            let path = "\(path).\(key)"
            guard case .object(let object) = declared else {
                values[key] = declared
                continue
            }
            if let override = overrides[key], !override.isNull {
                values[key] = override
                continue
            }
            do {
                if let value = try await value(object, path, vault) {
                    values[key] = value
                } else {
                    values[key] = .object(try await self.values(object, [:], path, vault, &result))
                }
            } catch let fault as VariableFault { result.faults.append(fault) }
        }
        return values
    }

    /// The value of a look-up; nil for a scope.
    private func value(_ lookup: JSONObject, _ path: String, _ vault: VaultClient?) async throws -> JSONValue? {
        switch lookup["type"] {
        case "env":
            let name = try text(lookup, "key", path)
            guard let value = environment[name] else {
                throw VariableFault(path, "the environment variable \(name) is not set")
            }
            return .string(value)
        case "file": return try Self.file(try text(lookup, "path", path), path)
        case "vault":
            let (secret, key) = (try text(lookup, "path", path), try member(lookup, path))
            guard let vault else { return "***" }
            do { return try await vault.secret(secret, key: key) } catch let error as ExperimentError {
                throw VariableFault(path, error.message)
            }
        case "ssm": return try await fetch(.parameter(try text(lookup, "name", path)), path)
        case "secretsmanager":
            return try await fetch(.managed(id: try text(lookup, "id", path), key: try member(lookup, path)), path)
        case "kms":
            let context = (lookup["context"]?.objectValue ?? [:]).map { ($0.key, Python.str($0.value)) }
            let text = try text(lookup, "ciphertext", path)
            return try await fetch(.encrypted(base64: text, context: Dictionary(context) { $1 }), path)
        default: return nil
        }
    }

    private func text(_ lookup: JSONObject, _ key: String, _ path: String) throws(VariableFault) -> String {
        guard let text = lookup[key]?.stringValue, !text.isEmpty else {
            throw VariableFault(
                "\(path).\(key)", "expected a text, which a secret of type \(Python.str(lookup["type"] ?? "")) needs")
        }
        return text
    }

    private func member(_ lookup: JSONObject, _ path: String) throws(VariableFault) -> String? {
        guard let key = lookup["key"], !key.isNull else { return nil }
        guard let key = key.stringValue else { throw VariableFault("\(path).key", "expected a text") }
        return key
    }

    private static func file(_ file: String, _ path: String) throws(VariableFault) -> JSONValue {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try contents(ofFile: file, limit: 1 << 20) } catch {
            throw VariableFault(path, "the file \(file) cannot be read: \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw VariableFault(path, "the file \(file) is no text")
        }
        return .string(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    private func fetch(_ reference: SecretReference, _ path: String) async throws -> JSONValue {
        guard let remote else { return "***" }
        guard let aws = remote.aws else {
            throw VariableFault(path, "\(reference) cannot be fetched: AWS is not configured here")
        }
        do { return .string(try await aws.secret(reference, remote.deadline)) } catch let error as CancellationError {
            throw error
        } catch { throw VariableFault(path, "\(error)") }
    }
}
