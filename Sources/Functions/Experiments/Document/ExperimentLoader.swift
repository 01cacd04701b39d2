public import Basics
public import ConfigurationSources
public import JSON
public import Transport

/// Fetches experiments: files, `http(s)://` URLs, and objects of S3 (`s3://bucket/key`).
public struct ExperimentLoader: Sendable {
    /// The variable with a token that every server of an experiment gets.
    public static let tokenVariable = "CHAOSTOOLKIT_LOADER_AUTH_BEARER_TOKEN"

    private let environment: [String: String]
    private let http: any HTTPExecuting
    private let remote: RemoteValues
    private let auths: JSONObject
    private let verifiesTLS: Bool

    /// A loader.
    /// - Parameters:
    ///   - environment: has the token, and tells where a relative path begins in a function.
    ///   - remote: asked for objects of S3 only.
    ///   - auths: the settings' part of that name: `{"host:port": {"type": "bearer", "value": "…"}}`.
    ///   - verifiesTLS: whether a server's certificate must pass.
    public init(
        environment: [String: String], http: any HTTPExecuting, remote: RemoteValues, auths: JSONObject = [:],
        verifiesTLS: Bool = true
    ) {
        self.environment = environment
        self.http = http
        self.remote = remote
        self.auths = auths
        self.verifiesTLS = verifiesTLS
    }

    /// Fetches and reads a document.
    /// - Throws: `ExperimentError` with `notReadable`; for S3 what `remote` throws.
    public func load(_ location: String, deadline: Timestamp? = nil) async throws -> SourceDocument {
        switch Self.parts(of: location)?.scheme.lowercased() {
        case nil: return try file(location)
        case "http", "https": return try await url(location)
        case "s3":
            guard case .object(let bucket, let key)? = ConfigurationSource(location) else {
                throw ExperimentError(.notReadable, "\(location): an object of S3 is named by s3://bucket/key")
            }
            let bytes = try await remote.object(bucket, key, deadline)
            return try SourceDocument(
                parsing: bytes, format: SourceDocument.format(ofFile: key) ?? .any, name: location)
        case .some(let scheme):
            throw ExperimentError(
                .notReadable,
                "\(location): an experiment cannot be fetched by \(scheme): use http, https or s3, or a file")
        }
    }

    private func file(_ path: String) throws -> SourceDocument {
        let bytes: [UInt8]
        do { bytes = try ConfigurationSource.bytes(ofFile: path, environment) } catch {
            throw ExperimentError(.notReadable, error.message, underlying: error)
        }
        guard let format = SourceDocument.format(ofFile: path) else {
            throw ExperimentError(
                .notReadable, "\(path): the name of an experiment's file ends in .json, .yaml or .yml: rename it")
        }
        return try SourceDocument(parsing: bytes, format: format, name: path)
    }

    private func url(_ url: String) async throws -> SourceDocument {
        let name = Self.withoutSecrets(url)
        var request = HTTPRequest("GET", url, maximumRedirects: 30)
        request.headers["Accept"] = "application/json, application/x-yaml"
        request.headers["Authorization"] = try authorization(forHost: Self.host(of: url))
        request.tls.verifies = verifiesTLS
        let response: HTTPResponse
        do { response = try await http.execute(request) } catch let error as TransportError {
            throw ExperimentError(.notReadable, "\(name) cannot be fetched: \(error)", underlying: error)
        }
        guard response.status == 200 else {
            let advice =
                switch response.status {
                case 401, 403: ": set \(Self.tokenVariable), or auths in the settings"
                default: ""
                }
            throw ExperimentError(.notReadable, "\(name) answered with status \(response.status)\(advice)")
        }
        return try SourceDocument(
            parsing: response.body, format: try Self.format(of: response.headers["Content-Type"], name), name: name)
    }

    /// The header that shows who asks: the variable's token, otherwise what the settings have for the host.
    private func authorization(forHost host: String) throws(ExperimentError) -> String? {
        if let token = environment[Self.tokenVariable], !token.isEmpty { return "bearer \(token.trimmingWhitespace)" }
        guard let entry = auths[host] else { return nil }
        guard let kind = entry["type"]?.stringValue, let value = entry["value"]?.stringValue else {
            throw ExperimentError(
                .notReadable, "the settings' auths have no type and value for \(host): such as bearer and a token")
        }
        return "\(kind) \(value)"
    }

    private static func format(
        of contentType: String?, _ name: String
    ) throws(ExperimentError) -> SourceDocument.Format {
        guard let contentType else {
            throw ExperimentError(.notReadable, "\(name) has no content type: application/json or text/yaml is needed")
        }
        func has(_ type: String) -> Bool { contentType.containsBytes(type) }
        if has("application/json") { return .json }
        if has("application/x-yaml") || has("text/yaml") { return .yaml }
        if has("text/plain") { return .any }
        throw ExperimentError(
            .notReadable,
            "\(name) has the content type \(contentType): it must be application/json, application/x-yaml, text/yaml "
                + "or text/plain")
    }

    /// `scheme` and what follows `://`; nil for what is no URL.
    private static func parts(of url: String) -> (scheme: Substring, rest: Substring)? {
        let parts = url.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix("//") else { return nil }
        return (parts[0], parts[1].dropFirst(2))
    }

    /// `host:port` as it stands in a URL, with a user where there is one: a key of `auths`.
    private static func host(of url: String) -> String {
        String(parts(of: url)?.rest.prefix { !"/?#".contains($0) } ?? "")
    }

    /// A URL without its query, which in a presigned one is a secret, and without a user and password.
    private static func withoutSecrets(_ url: String) -> String {
        guard let (scheme, rest) = parts(of: url) else { return url }
        let host = host(of: url)
        let path = rest.dropFirst(host.count).prefix { $0 != "?" && $0 != "#" }
        return "\(scheme)://\(host.split(separator: "@").last ?? "")\(path)"
    }
}
