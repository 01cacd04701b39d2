public import Basics
public import JSON
import YAML

/// Values from the command line that replace those of an experiment: `--var` and `--var-file`.
///
/// Of several values of a name the last wins, and `--var` wins over all files.
public struct VariableOverrides: Sendable {
    /// Values for keys of the configuration; a key may become a look-up such as `{type: env, key: NAME}`.
    public var configuration: JSONObject = [:]
    /// Values for whole scopes of the secrets.
    public var secrets: JSONObject = [:]
    /// Environment variables that `.env` files set.
    public var environment: [String: String] = [:]

    /// No overrides.
    public init() {}

    /// Reads options of the command line.
    /// - Parameters:
    ///   - variables: values of `--var`: `name=value`, or `name:type=value` with a type of `env_var_type`.
    ///   - files: paths of `--var-file`: YAML or JSON with `configuration` and `secrets`, or lines `NAME=value` in
    ///     files with any other extension.
    /// - Throws: `ExperimentError.configuration` with all faults. (Chaos Toolkit goes on without a file that it cannot
    ///   parse.)
    public init(variables: [String], files: [String] = []) throws(ExperimentError) {
        var faults: [VariableFault] = []
        for file in files {
            do throws(VariableFault) { try read(file) } catch { faults.append(error) }
        }
        for variable in variables {
            do throws(VariableFault) { try add(variable) } catch { faults.append(error) }
        }
        guard faults.isEmpty else { throw ExperimentError(faults) }
    }

    private mutating func add(_ text: String) throws(VariableFault) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else {
            // What follows a colon may be a secret at the wrong place.
            throw VariableFault("--var \(text.prefix { $0 != ":" })", "expected name=value or name:type=value")
        }
        let (left, value) = (sides[0], JSONValue.string(String(sides[1])))
        guard let colon = left.lastIndex(of: ":") else {
            configuration[String(left)] = value
            return
        }
        let name = String(left[..<colon])
        do throws(PythonTypeError) {
            configuration[name] = try Python.convert(value, to: String(left[left.index(after: colon)...]))
        } catch { throw VariableFault("--var \(name)", error.message) }
    }

    private mutating func read(_ path: String) throws(VariableFault) {
        let place = "--var-file \(path)"
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try contents(ofFile: path, limit: 16 << 20) } catch {
            throw VariableFault(place, "the file cannot be read: \(error)")
        }
        if path.hasSuffix(".json") || path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
            try merge(try Self.parsed(bytes, isJSON: path.hasSuffix(".json"), place), place)
        } else {
            try readEnvironment(String(decoding: bytes, as: UTF8.self), place)
        }
    }

    private static func parsed(_ bytes: [UInt8], isJSON: Bool, _ place: String) throws(VariableFault) -> JSONValue {
        if isJSON {
            do throws(JSONError) { return try JSONValue(parsing: bytes) } catch {
                throw VariableFault(place, "\(error)")
            }
        }
        do throws(YAMLError) { return try YAMLNode(parsing: bytes, schema: .pyYAML).json } catch {
            throw VariableFault(place, "\(error)")
        }
    }

    private mutating func merge(_ document: JSONValue, _ place: String) throws(VariableFault) {
        guard document != .null else { return }
        guard case .object(let document) = document else {
            throw VariableFault(place, "expected a mapping with `configuration` and `secrets`")
        }
        for scope in ["configuration", "secrets"] {
            guard let values = document[scope] else { continue }
            guard case .object(let values) = values else {
                throw VariableFault("\(place): \(scope)", "expected a mapping")
            }
            for (key, value) in values {
                if scope == "secrets" { secrets[key] = value } else { configuration[key] = value }
            }
        }
    }

    private mutating func readEnvironment(_ text: String, _ place: String) throws(VariableFault) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingWhitespace
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let sides = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { throw VariableFault("\(place), line \(index + 1)", "expected NAME=value") }
            environment[String(sides[0])] = String(sides[1])
        }
    }
}

/// Something wrong with a variable of an experiment.
public struct VariableFault: Error, Sendable, Hashable {
    /// Where: `configuration.port`, `secrets.k8s.token`, `--var-file values.yaml`.
    public let path: String
    /// What is wrong and what to do about it; never a value.
    public let message: String

    init(_ path: String, _ message: String) {
        self.path = path
        self.message = message
    }
}

extension CodedError<ExperimentErrorCode> {
    /// The error that tells all these faults.
    init(_ faults: [VariableFault]) {
        self.init(.configuration, faults.map { "\($0.path): \($0.message)" }.joined(separator: "\n"))
    }
}
