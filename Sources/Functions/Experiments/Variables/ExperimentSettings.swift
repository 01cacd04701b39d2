public import Basics
internal import Glibc
public import JSON
import YAML

/// Chaos Toolkit's settings file, `~/.chaostoolkit/settings.yaml`.
///
/// Its values are taken as they stand; variables are not replaced in it.
public struct ExperimentSettings: Sendable {
    /// The whole file.
    public var document: JSONObject

    /// Settings.
    public init(document: JSONObject = [:]) { self.document = document }

    /// The usual path of the file; nil without a home folder.
    public static func usualPath(environment: [String: String]) -> String? {
        environment["HOME"].map { $0 + "/.chaostoolkit/settings.yaml" }
    }

    /// Reads a file; one that does not exist has no settings.
    /// - Throws: `ExperimentError.notReadable` for a file that cannot be read or parsed. (Chaos Toolkit goes on without
    ///   its controls then.)
    public init(file path: String) throws(ExperimentError) {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try contents(ofFile: path, limit: 1 << 20) } catch {
            guard error.number == ENOENT else {
                throw ExperimentError(
                    .notReadable, "the settings file \(path) cannot be read: \(error)", underlying: error)
            }
            document = [:]
            return
        }
        document = try Self.mapping(bytes, path, "the settings file")
    }

    private static func mapping(_ bytes: [UInt8], _ path: String, _ what: String) throws(ExperimentError) -> JSONObject
    {
        do throws(YAMLError) {
            let value = try YAMLNode(parsing: bytes, schema: .pyYAML).json
            if value == .null { return [:] }
            if case .object(let object) = value { return object }
        } catch {
            throw ExperimentError(.notReadable, "\(what) \(path): \(error)", underlying: error)
        }
        throw ExperimentError(.notReadable, "\(what) \(path): expected a mapping")
    }

    /// The channels for notifications: `{type: http, url, headers, verify_tls, forward_event_payload, events}`.
    public var notifications: [JSONObject] { document["notifications"]?.arrayValue?.compactMap(\.objectValue) ?? [] }

    /// The controls for every experiment, which the file declares by name.
    public var controls: [ControlDeclaration] {
        Self.controls(document["controls"] ?? .null)
    }

    /// The controls of a `--control-file`, in YAML or JSON, by name.
    /// - Throws: `ExperimentError.notReadable`.
    public static func controls(file path: String) throws(ExperimentError) -> [ControlDeclaration] {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try contents(ofFile: path, limit: 1 << 20) } catch {
            throw ExperimentError(.notReadable, "the control file \(path) cannot be read: \(error)", underlying: error)
        }
        return controls(.object(try mapping(bytes, path, "the control file")))
    }

    private static func controls(_ value: JSONValue) -> [ControlDeclaration] {
        (value.objectValue ?? [:]).compactMap { name, control in
            guard case .object(var declaration) = control else { return nil }
            declaration["name"] = .string(name)
            return ControlDeclaration(declaration: declaration)
        }
    }

    /// The strategies of a run, of which later ones win: the file's, the document's `runtime`, the command line's.
    ///
    /// A `runtime` in the document replaces both, so that what it does not name is `default` again.
    /// - Returns: the names, which need not be those of known strategies.
    public func strategies(
        document: JSONObject, hypothesis: String? = nil, rollbacks: String? = nil
    ) -> (hypothesis: String, rollbacks: String) {
        let declared = document["runtime"] ?? .null
        let runtime = Python.isTrue(declared) ? declared : self.document["runtime"]
        let name = { (part: String) in runtime?[part]?["strategy"].map(Python.str) ?? "default" }
        return (hypothesis ?? name("hypothesis"), rollbacks ?? name("rollbacks"))
    }

    /// The `Authorization` header for loading an experiment from a host, `host` or `host:port` as the URL has it.
    public func authorization(for host: String) -> String? {
        guard let auth = document["auths"]?[host], let type = auth["type"], let value = auth["value"] else {
            return nil
        }
        return "\(Python.str(type)) \(Python.str(value))"
    }
}
